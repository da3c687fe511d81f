"""Summary of an item's token measures in one row: means, quantiles and the tokens that moved most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .texts import Text

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Row = dict[str, Any]
TokenValues = dict[str, NDArray[np.float32]]

MOVED_JS = 0.1  # a token with a larger JS divergence counts as moved (arXiv 2603.22446)
MOST_MOVED = 5
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
MEANS = (
    "forward_kl", "reverse_kl", "js", "tv", "base_entropy", "entropy_change", "top1_agreement", "top10_overlap",
    "base_rank", "checkpoint_rank", "base_log_prob", "checkpoint_log_prob",
)  # fmt: skip


def item_row(texts: list[Text], values: list[TokenValues], source: str, tokenizer: PreTrainedTokenizerBase) -> Row:
    """One row of `logit_divergence` from the item's texts (one per sample) and their measures.

    All tokens have equal weight, whichever text they come from. Without tokens the measures are null.
    """
    together = {name: np.concatenate([part[name] for part in values]).astype(np.float64) for name in values[0]}
    tokens = len(together["forward_kl"])
    row: Row = {"item_id": texts[0].item_id, "tokens": tokens}
    if not tokens:
        return row
    row |= {name: float(together[name].mean()) for name in MEANS}
    quantiles = np.quantile(together["forward_kl"], list(QUANTILES.values()))
    row |= {f"forward_kl_{name}": float(value) for name, value in zip(QUANTILES, quantiles, strict=True)}
    row["moved_share"] = float((together["js"] > MOVED_JS).mean())
    row |= _of_the_author(together, source)
    row["moved_most"] = moved_most(texts, values, tokenizer)
    return row


def _of_the_author(values: dict[str, NDArray[np.float64]], source: str) -> Row:
    """Measures that need a text written by one of the two models: rank shift and the sampled estimators.

    With w the writer's and o the other model's probability of a token, k1 = log(w/o) and k3 = o/w − 1 − log(o/w)
    estimate KL(w‖o) (Schulman, Approximating KL Divergence, 2020), if the text was sampled at temperature 1.
    """
    if source == "reference":
        return {}
    writer, other = ("checkpoint", "base") if source == "own" else ("base", "checkpoint")
    ratio = values[f"{other}_log_prob"] - values[f"{writer}_log_prob"]
    rank = values[f"{other}_rank"]
    return {
        "rank_shift": float(rank.mean()),
        "rank_shift_share": float((rank > 0).mean()),
        "k1": float(-ratio.mean()),
        "k3": float((np.expm1(ratio) - ratio).mean()),
    }


def moved_most(texts: list[Text], values: list[TokenValues], tokenizer: PreTrainedTokenizerBase) -> list[Row]:
    """The item's tokens with the largest change of rank between the two models, largest first; ties by JS."""
    found = []
    for text, part in zip(texts, values, strict=True):
        change = np.abs(part["checkpoint_rank"] - part["base_rank"])
        order = np.lexsort((np.arange(len(change)), -part["js"], -change))[:MOST_MOVED]
        found += [(-change[i], -part["js"][i], text.sample, int(i), text, part) for i in order if change[i] > 0]
    found.sort(key=lambda entry: entry[:4])
    return [
        {
            "token": tokenizer.decode([text.completion[i]]),
            "sample": sample,
            "position": i,
            "base_rank": int(part["base_rank"][i]),
            "checkpoint_rank": int(part["checkpoint_rank"][i]),
            "js": float(part["js"][i]),
        }
        for _, _, sample, i, text, part in found[:MOST_MOVED]
    ]
