"""Table `generations`: completions of all items by a checkpoint."""
