"""Measures that sum over the elements of a tensor and of its update, block by block."""
