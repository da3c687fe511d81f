"""Table `training_metrics`: the trainer's own figures at each checkpoint."""
