"""Tests and intervals of paired changes: pure functions of NumPy arrays."""
