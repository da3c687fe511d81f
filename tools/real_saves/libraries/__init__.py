"""One file per library: `SAVES`, each a run of one checkpoint that the library writes. Imports are in the functions."""
