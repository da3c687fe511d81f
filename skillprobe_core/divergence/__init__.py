"""Divergence of a checkpoint's output distribution from the base's."""
