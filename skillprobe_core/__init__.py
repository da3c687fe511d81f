"""skillprobe's science: what is asked, of which checkpoint, and what the answers say. Imports no Dagster."""

__version__ = "0.1.0"
