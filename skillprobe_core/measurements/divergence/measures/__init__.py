"""The divergence measures: any number per file, found by `divergence_registry.py`."""
