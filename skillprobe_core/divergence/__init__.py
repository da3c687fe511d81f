"""How far a checkpoint's output distribution has moved from the base's."""
