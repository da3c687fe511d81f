"""Judging of completions: extraction of the answer, its comparison with the key, the verdict."""
