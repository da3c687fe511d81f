"""Programs that made committed files; not installed with the package."""
