"""The kinds that ask for fact retrieval: one file each, found by `kind_registry.py`."""
