"""Simulated rates with their Monte Carlo error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np


def percent(hits: Iterable[object]) -> str:
    """The share of true values as a percentage with its standard error; a dash without values."""
    found = np.array([bool(hit) for hit in hits])
    if not found.size:
        return "-"
    share = found.mean()
    likely = share if 0 < share < 1 else (found.sum() + 1) / (found.size + 2)  # none of 200 is not an error of 0
    error = np.sqrt(likely * (1 - likely) / found.size)
    return f"{100 * share:.1f} ± {100 * error:.1f} %"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a Markdown table, each as soon as its row is known."""
    for cells in chain([header, ["---"] * len(header)], rows):
        yield f"| {' | '.join(cells)} |"
