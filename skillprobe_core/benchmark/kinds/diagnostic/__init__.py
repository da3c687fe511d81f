"""The kinds that ask for diagnosis: one file each, found by `kind_registry.py`."""
