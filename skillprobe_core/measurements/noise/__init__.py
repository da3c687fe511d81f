"""Table `noise_floor`: differences between runs of the same weights."""
