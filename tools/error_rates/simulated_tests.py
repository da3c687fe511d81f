"""Simulated answers of a base and a checkpoint on the cells and kinds of a default item set, and their tests."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.joint_tests import unit_sums
from skillprobe_core.measurements.profile_tests.scope_tests import scope_tests
from skillprobe_core.stats.change_interval import score_limits

from .answers import answers

Array = NDArray[np.float64]

SKILLS = 5
DOMAINS = 4
ACCURACY = 0.7
_NORMAL_95 = 1.959963984540054


def simulated_answers(
    rng: np.random.Generator, change: Array, *, items: int = 60, per_unit: int = 1, across: bool = False
) -> pl.DataFrame:
    """Items of kinds in 5 skills × 4 domains, answered by a base and by a checkpoint.

    Args:
        rng: Source of randomness.
        change: True change of the accuracy of every kind, of shape (skills, domains, kinds of a cell).
        items: Number of items of a kind.
        per_unit: Number of items that are drawn together, and mostly right or wrong together.
        across: If the items of a unit belong to different kinds, not to one.

    Returns:
        One row per item: item_id, skill, domain, kind, unit, base_share and share.
    """
    number = np.arange(change.size * items)
    kind = number % change.size if across else number // items
    skill, domain, _ = np.unravel_index(kind, change.shape)
    expected = ACCURACY + np.column_stack([np.zeros(len(number)), change.ravel()[kind]])
    base, tuned = answers(rng, len(number), expected, (1,), per_unit).T
    names = pl.DataFrame({"item_id": number, "skill": skill, "domain": domain, "kind": kind})
    return names.select(pl.all().cast(pl.String).str.zfill(6)).with_columns(
        unit=pl.Series(number // per_unit), base_share=pl.Series(base), share=pl.Series(tuned)
    )


def simulated_tests(answered: pl.DataFrame, flips: int) -> pl.DataFrame:
    """The tests of `profile_tests` that claims rest on, of answers from `simulated_answers`.

    Returns:
        One row per group of all families: scope, skill, domain, kind, change, change_low and change_high (exact for
        units of one item) and the p-values of `scope_tests`.
    """
    scopes = families(answered)
    keys = [(family.scope, *group) for family in scopes for group in family.groups]
    named = pl.DataFrame(keys, schema=["scope", "skill", "domain", "kind"], orient="row")
    share, base = answered["share"].to_numpy(), answered["base_share"].to_numpy()
    size, gain, loss = (
        np.concatenate([np.bincount(family.label, values) for family in scopes])
        for values in (np.ones(len(share)), np.maximum(share - base, 0), np.maximum(base - share, 0))
    )
    low, high = score_limits(gain / size, loss / size, size, _NORMAL_95)
    tested = scope_tests(unit_sums(answered, scopes[-1]), scopes, 1, flips).p_values
    return named.with_columns(change=(gain - loss) / size, change_low=low, change_high=high).hstack(tested)
