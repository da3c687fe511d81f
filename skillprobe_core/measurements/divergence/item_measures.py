"""Measures of an item that are not means over its tokens; the files in `measures/` declare them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .divergence_measure import ItemTokens

MOVED_JS = 0.1  # a token with a larger JS divergence counts as moved (arXiv 2603.22446)
MOST_MOVED = 5

MOVED_TOKEN = pl.Struct(
    {
        "token": pl.String,
        "sample": pl.Int32,
        "position": pl.Int32,
        "base_rank": pl.Int32,
        "checkpoint_rank": pl.Int32,
        "js": pl.Float32,
    }
)


def quantile(name: str, share: float) -> Callable[[ItemTokens], float]:
    """The function that gives a quantile of the measure `name` over the item's tokens."""
    return lambda item: float(np.quantile(item.values[name], share))


def moved_share(item: ItemTokens) -> float:
    """Share of the tokens that moved."""
    return float((item.values["js"] > MOVED_JS).mean())


def rank_shift(item: ItemTokens) -> float | None:
    """Mean rank of the text's tokens under the model that did not write it; None on reference text."""
    return None if item.other is None else float(item.values[f"{item.other}_rank"].mean())


def rank_shift_share(item: ItemTokens) -> float | None:
    """Share of the text's tokens that the model that did not write it does not rank first; None on reference text."""
    return None if item.other is None else float((item.values[f"{item.other}_rank"] > 0).mean())


def k1(item: ItemTokens) -> float | None:
    """Mean of log(w/o); None on reference text.

    With w the writer's and o the other model's probability of a token, k1 and k3 estimate KL(w‖o) (Schulman,
    Approximating KL Divergence, 2020), if the text was sampled at temperature 1.
    """
    ratio = _log_ratio(item)
    return None if ratio is None else float(-ratio.mean())


def k3(item: ItemTokens) -> float | None:
    """Mean of o/w − 1 − log(o/w), as for k1; None on reference text."""
    ratio = _log_ratio(item)
    return None if ratio is None else float((np.expm1(ratio) - ratio).mean())


def _log_ratio(item: ItemTokens) -> NDArray[np.float64] | None:
    """log(o/w) at every token."""
    if item.writer is None:
        return None
    return item.values[f"{item.other}_log_prob"] - item.values[f"{item.writer}_log_prob"]


def moved_most(item: ItemTokens) -> list[dict[str, Any]]:
    """The item's tokens with the largest change of rank between the two models, largest first; ties by JS."""
    found = []
    for text, part in zip(item.texts, item.parts, strict=True):
        change = np.abs(part["checkpoint_rank"] - part["base_rank"])
        order = np.lexsort((np.arange(len(change)), -part["js"], -change))[:MOST_MOVED]
        found += [(-change[i], -part["js"][i], text.sample, int(i), text, part) for i in order if change[i] > 0]
    found.sort(key=lambda entry: entry[:4])
    return [
        {
            "token": item.tokenizer.decode([text.completion[text.measured[i]]]),
            "sample": sample,
            "position": text.measured[i],
            "base_rank": int(part["base_rank"][i]),
            "checkpoint_rank": int(part["checkpoint_rank"][i]),
            "js": float(part["js"][i]),
        }
        for _, _, sample, i, text, part in found[:MOST_MOVED]
    ]
