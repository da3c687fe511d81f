"""Two measures of your own. In skillprobe.toml: plugins = ["own_measure.py"], with this file next to it.

The next `skillprobe probe` or `watch` stores them; SQL, Dagster, the study and the report show them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillprobe import Block, Elementwise, Measure, ParameterMeasure, Totals
from skillprobe import sums_of_tensors as whole

if TYPE_CHECKING:
    import torch

    from skillprobe import LogitPair


def bhattacharyya(pair: LogitPair) -> torch.Tensor:
    """−log Σ √(pq), in nats (Bhattacharyya 1943); 0 for equal distributions."""
    return -((pair.log_p + pair.log_q) / 2).logsumexp(-1).clamp(max=0)


BHATTACHARYYA = Measure(
    name="bhattacharyya",
    function=bhattacharyya,
    unit="nats",
    of_item="Bhattacharyya distance, mean over the item's tokens",
    at_least=0.0,
    study="Bhattacharyya distance (nats)",
    headline=True,
)

LARGEST_STEP = ParameterMeasure(
    name="largest_step",
    meaning="Largest change of a weight",
    whole=whole.largest,
    study="largest change of a weight",
)


def _partial(block: Block) -> dict[str, torch.Tensor]:
    return {"max_step": block.delta_size.max()}


def _finish(totals: Totals) -> dict[str, float | None]:
    return {"largest_step": float(totals["max_step"])}


STEPS = Elementwise("steps", (LARGEST_STEP,), _partial, _finish)
