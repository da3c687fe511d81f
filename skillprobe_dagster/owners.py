"""Owners of the assets."""

OWNERS = ("team:skillprobe",)
