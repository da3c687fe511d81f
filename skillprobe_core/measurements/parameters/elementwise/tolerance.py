"""The share of weights that changed by at most an absolute tolerance, from 1e-8 to 1e-3.

'Reinforcement Learning Finetunes Small Subnetworks in Large Language Models' (arXiv 2505.11711) counts with absolute
tolerances. The result depends strongly on the tolerance, as RL's Razor (arXiv 2509.04259) warns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .block import Block, Elementwise, Totals, count

if TYPE_CHECKING:
    import torch

EXPONENTS = (8, 7, 6, 5, 4, 3)


def _partial(block: Block) -> dict[str, torch.Tensor]:
    return {f"within_1e_{exponent}": count(block.delta_size <= 10.0**-exponent) for exponent in EXPONENTS}


def _finish(totals: Totals) -> dict[str, float | None]:
    elements = float(totals["elements"])
    return {name: float(totals[name]) / elements for name in (f"within_1e_{exponent}" for exponent in EXPONENTS)}


_MEASURES = tuple(
    Measure(
        name=f"within_1e_{exponent}",
        meaning=f"Share of weights with |w - w0| <= 1e-{exponent}",
        whole=whole.mean,
    )
    for exponent in EXPONENTS
)
TOLERANCE = Elementwise("tolerance", _MEASURES, _partial, _finish, order=50)
