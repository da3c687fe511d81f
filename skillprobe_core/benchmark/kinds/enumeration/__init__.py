"""The kinds that ask for enumeration: one file each, found by `kind_registry.py`."""
