"""How far a checkpoint's weights have moved from the base's."""
