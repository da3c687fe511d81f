"""Table `checkpoints`: the evaluated checkpoints and their identities."""
