"""The kinds that ask for simulation: one file each, found by `kind_registry.py`."""
