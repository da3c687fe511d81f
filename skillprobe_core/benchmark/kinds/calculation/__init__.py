"""The kinds that ask for calculation: one file each, found by `kind_registry.py`."""
