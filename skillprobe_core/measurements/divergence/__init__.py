"""Divergence of a checkpoint's output distribution and hidden states from the base's."""
