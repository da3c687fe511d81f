"""Agreement of two updates D1 = W1 - W0 and D2 = W2 - W0 of one tensor, from what one pass over them gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skillprobe_core.measurements.parameters.elementwise.block import ratio
from skillprobe_core.plugins import LAST

from . import sums_of_tensors as whole
from .parameter_measure import Measure

if TYPE_CHECKING:
    from skillprobe_core.measurements.parameters.spectral.matrix import Array


@dataclass(frozen=True, slots=True)
class TwoUpdates:
    """Sums over a tensor's weights, and the leading singular directions of both updates.

    dot: of D1 and D2; squares: sums of D1² and of D2²; updated: numbers of weights that each updated; both: number that
    both updated. directions: on the shorter side, columns x k each; None for a vector, or if a side changed nothing.
    """

    elements: int
    dot: float
    squares: tuple[float, float]
    updated: tuple[float, float]
    both: float
    directions: tuple[Array, Array] | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A family of measures of two updates, null in a comparison with the base.

    `of_whole` are measures of several tensors together that a single tensor does not have. `order` is
    the place of the family's columns among the families'.
    """

    name: str
    measures: tuple[Measure, ...]
    measure: Callable[[TwoUpdates], dict[str, float | None]]
    of_whole: tuple[Measure, ...] = ()
    order: int = LAST


def _measure(updates: TwoUpdates) -> dict[str, float | None]:
    """Cosine, overlap of the updated weights and Sim_K; the last two with their values by chance.

    Jaccard by chance is that of independent masks of the same densities, pq / (p + q - pq). Sim_K is ‖U1ᵀ U2‖_F² / K,
    1 for the same subspace and K / n by chance.
    """
    one, two = updates.updated
    share_one, share_two = (count / updates.elements for count in updates.updated)
    similarity, chance = _similarity(updates.directions)
    return {
        "update_cosine": ratio(updates.dot, math.sqrt(updates.squares[0]) * math.sqrt(updates.squares[1])),
        "update_jaccard": ratio(updates.both, one + two - updates.both),
        "update_jaccard_chance": ratio(share_one * share_two, share_one + share_two - share_one * share_two),
        "update_similarity": similarity,
        "update_similarity_chance": chance,
    }


def _similarity(directions: tuple[Array, Array] | None) -> tuple[float | None, float | None]:
    if directions is None:
        return None, None
    one, two = directions
    k = min(one.shape[1], two.shape[1])
    inner = one[:, :k].T @ two[:, :k]
    return float((inner * inner).sum() / k), k / len(one)


_NO_PREVIOUS = "there is no previous checkpoint"
_MEASURES = (
    Measure(
        name="update_cosine",
        meaning="Cosine between the previous checkpoint's update from the base and this one's",
        may_be_null=_NO_PREVIOUS,
        whole=whole.mean,
    ),
    Measure(
        name="update_jaccard",
        meaning="Weights updated by both / weights updated by at least one",
        may_be_null=_NO_PREVIOUS,
        whole=whole.mean,
    ),
    Measure(
        name="update_jaccard_chance",
        meaning="The same for independent masks of the same densities",
        may_be_null=_NO_PREVIOUS,
        whole=whole.mean,
    ),
    Measure(
        name="update_similarity",
        meaning="‖U1ᵀU2‖_F² / K over the K leading directions of both updates (Sim_K)",
        may_be_null=_NO_PREVIOUS,
        whole=whole.mean,
    ),
    Measure(
        name="update_similarity_chance",
        meaning="The same for random directions: K / smaller side",
        may_be_null=_NO_PREVIOUS,
        whole=whole.mean,
    ),
)
AGREEMENT = Agreement("agreement", _MEASURES, _measure, order=130)
