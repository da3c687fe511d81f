"""Upgrade of a store that was written by an earlier version."""
