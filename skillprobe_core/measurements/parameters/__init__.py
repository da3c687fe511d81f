"""Statistics of a checkpoint's weights and of their change from the base's."""
