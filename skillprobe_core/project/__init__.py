"""A store with its settings: the checkpoints that they name, and the computation of their tables."""
