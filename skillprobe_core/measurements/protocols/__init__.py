"""Table `protocols`: what checkpoints are evaluated on and how."""
