"""Judging of completions: where a completion states its answer, if that asserts the key, and the verdict."""
