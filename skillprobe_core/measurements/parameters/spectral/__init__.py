"""Measures on singular values and singular subspaces of matrices and of their updates."""
