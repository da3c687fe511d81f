"""Law fits: forgetting and a measure that have nothing in common but that both grow with training.

Each run has a trend of its own in both, a power of the step, and autocorrelated noise around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.measurements.study.law_fits import law_fits

from .rates import markdown, percent

Array = NDArray[np.float64]

CHECKPOINTS = 10


def simulate(models: int, trend: bool, correlation: float, runs: int) -> list[list[bool]]:
    """Simulate studies of an unrelated measure.

    Args:
        models: Number of runs in a study.
        trend: If both grow with the step.
        correlation: Correlation of the noise of neighbouring checkpoints.
        runs: Number of studies.

    Returns:
        Lists over studies: if the lower end of R² exceeds 0.5; if R² on a model left out exceeds 0; if it exceeds 0.5;
        if it exceeds that of the step.
    """
    found: list[list[bool]] = [[], [], [], []]
    for seed in range(runs):
        rng = np.random.default_rng([seed, models])
        model = np.repeat(np.arange(models), CHECKPOINTS).astype(str)
        step = np.tile(np.arange(CHECKPOINTS), models)
        columns = {name: _grown(rng, models, trend, correlation) for name in ("forgetting", "unrelated")}
        row = law_fits(pl.DataFrame({"model": model, "step": step, **columns})).row(0, named=True)
        facts = (row["r2_low"] > 0.5, row["r2_new_model"] > 0, row["r2_new_model"] > 0.5,
                 row["r2_new_model"] > row["r2_new_model_step"])  # fmt: skip
        for hits, fact in zip(found, facts, strict=True):
            hits.append(fact)
    return found


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    header = ("models", "trend", "autocorrelation", "r2_low > 0.5", "r2_new_model > 0", "r2_new_model > 0.5",
              "r2_new_model > that of the step")  # fmt: skip
    cases = product((2, 4, 8), (False, True), (0.0, 0.9))
    return markdown(header, (_row(*case, runs) for case in cases))


def _row(models: int, trend: bool, correlation: float, runs: int) -> tuple[str, ...]:
    hits = simulate(models, trend, correlation, runs)
    return (str(models), "yes" if trend else "no", f"{correlation:g}", *map(percent, hits))


def _grown(rng: np.random.Generator, models: int, trend: bool, correlation: float) -> Array:
    """A series per model, one after the other: at most 1, with noise of a tenth, and 0 at the base."""
    progress = np.linspace(0, 1, CHECKPOINTS)
    grown = progress ** rng.uniform(0.5, 2.0, (models, 1)) * rng.uniform(0.5, 1.0, (models, 1)) * trend
    noise = rng.normal(0, 0.1, (models, CHECKPOINTS))
    for place in range(1, CHECKPOINTS):
        noise[:, place] = correlation * noise[:, place - 1] + np.sqrt(1 - correlation**2) * noise[:, place]
    return np.asarray((grown + noise - noise[:, :1]).ravel())
