"""Renaming and removing a stored model: listed first, then done completely, even if it is interrupted."""
