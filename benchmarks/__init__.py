"""Comparisons with peers and floors, one module each; `python -m benchmarks NAME` runs one, without a name all."""
