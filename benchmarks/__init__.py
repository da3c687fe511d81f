"""Comparisons with peers and floors, one module each; `python -m benchmarks [NAME]` runs one or all of them."""
