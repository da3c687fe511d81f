"""Checkpoint folders: their layouts, readiness, identity, weights and loading."""
