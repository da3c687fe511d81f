"""Measurements: each table with its declaration, its computation and its presentation."""
