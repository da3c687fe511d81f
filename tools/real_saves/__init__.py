"""Saves by trainers' own libraries, recorded operation by operation, with weights that are known from their names."""
