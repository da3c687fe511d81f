"""Table `number_types`: the type in which a base and its checkpoints are run."""
