"""Weights that several ranks store in shards, read without running a pickle."""
