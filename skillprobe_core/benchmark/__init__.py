"""The benchmark: kinds and sources of items, item sets, and judging of completions."""
