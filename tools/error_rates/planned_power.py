"""Power that `skillprobe plan` predicts, and the power of the tests that are run, for a few designs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.joint_tests import unit_sums
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.measurements.profile_tests.sequential_tests import sequential_tests
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.stats.planned_power import Family, watched
from skillprobe_core.stats.sign_flips import adjusted_two_sided_p, sign_flips
from skillprobe_core.stats.significance import SIGNIFICANCE

from .rates import markdown, percent

Right = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table: `groups` cells of `items` each, of which the first drops by `drop`.

    flips: share of items that turn right, and also of those that turn wrong, without a real change. looks: number of
    checkpoints of a watched run (1: the test of one checkpoint). first: look from which the drop is there. alike:
    probability that an item's answer is the same as at the look before.
    """

    about: str
    groups: int
    items: int
    flips: float
    drop: float
    looks: int = 1
    first: int = 1
    alike: float = 0.6
    accuracy: float = 0.6

    @property
    def predicted(self) -> float:
        """The power by `skillprobe_core.stats.planned_power`."""
        others = (self.items,) * (self.groups - 1)
        if self.looks == 1:
            return Family(self.items, others, self.flips).power(self.drop)
        return watched(self.items, others, self.flips, self.first).power(self.drop)


def cases() -> list[Case]:
    """All rows of the table."""
    return [
        Case("20 cells of 36, few flips", 20, 36, 0.02, 0.25),
        Case("20 cells of 108, few flips", 20, 108, 0.02, 0.13),
        Case("20 cells of 108", 20, 108, 0.05, 0.18),
        Case("20 cells of 108, independent answers", 20, 108, 0.24, 0.32),
        Case("5 skills of 432", 5, 432, 0.05, 0.066),
        Case("5 skills of 432, independent answers", 5, 432, 0.24, 0.13),
        Case("watched, 5 looks, drop from look 1", 20, 108, 0.05, 0.18, looks=5),
        Case("watched, 5 looks, drop at look 5", 20, 108, 0.05, 0.22, looks=5, first=5),
        Case("the same, answers new at each look", 20, 108, 0.05, 0.22, looks=5, first=5, alike=0.0),
    ]


def simulate(case: Case, runs: int) -> list[bool]:
    """Per study, if the drop of the first cell was found, by the tests of `profile_tests` or of a watched run."""
    items = _items(case)
    first = items["skill"][0], items["domain"][0]
    found = []
    for seed in range(runs):
        base, checkpoints = _answers(case, np.random.default_rng([seed, 17]))
        base_rows = _verdicts(items, base, 0)
        rows = [_verdicts(items, right, look + 1) for look, right in enumerate(checkpoints)]
        if case.looks == 1:
            p, fell = cell_test(paired_items(rows[0], base_rows, items))
            found.append(p <= SIGNIFICANCE and fell)
        else:
            tests = sequential_tests(pl.concat(rows), base_rows, items)
            found.append(tests.filter(skill=first[0], domain=first[1])["dropped"].any())
    return found


def cell_test(pairs: pl.DataFrame, flips: int = 1_999) -> tuple[float, bool]:
    """`p_adjusted` of the first cell in `profile_tests`, and True if its accuracy fell; without the other columns."""
    sums = unit_sums(pairs, families(pairs)[0])
    test = sign_flips(sums, flips)
    return float(adjusted_two_sided_p(test)[0]), bool(test.observed[0] < 0)


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    rows = (
        (
            each.about,
            f"{each.flips:g}",
            f"{each.drop:g}",
            f"{100 * each.predicted:.1f} %",
            percent(simulate(each, runs)),
        )
        for each in cases()
    )
    return markdown(("design", "flips", "drop", "predicted power", "simulated power"), rows)


def _answers(case: Case, rng: np.random.Generator) -> tuple[Right, list[Right]]:
    """Right or wrong for each item, of the base and of every checkpoint, with exact rates of flips."""
    size = case.groups * case.items
    base = rng.random(size) < case.accuracy
    dropping = np.arange(size) < case.items
    luck = rng.random(size)
    checkpoints = []
    for look in range(1, case.looks + 1):
        luck = np.where(rng.random(size) < case.alike, luck, rng.random(size))
        drop = case.drop * (dropping & (look >= case.first))
        turns = np.where(base, (case.flips + drop) / case.accuracy, case.flips / (1 - case.accuracy))
        checkpoints.append(np.where(luck < turns, ~base, base))
    return base, checkpoints


def _items(case: Case) -> pl.DataFrame:
    """Items of as many cells as the case has, in the order of the answers."""
    group = np.arange(case.groups * case.items) // case.items
    return pl.DataFrame({"group": group}).select(
        pl.lit("set").alias("item_set"),
        pl.format("{}", pl.int_range(pl.len())).str.zfill(6).alias("item_id"),
        pl.format("skill{}", (pl.col("group")).cast(pl.String).str.zfill(2)).alias("skill"),
        pl.lit("math").alias("domain"),
        pl.format("kind{}", "group").alias("kind"),
        pl.lit(1).alias("level"),
        pl.format("kind{}/one", "group").alias("template"),
        pl.lit("procedural").alias("source"),
    )


def _verdicts(items: pl.DataFrame, right: Right, step: int) -> pl.DataFrame:
    values = {
        "model": "run", "step": step, "item_set": "set", "sample": 0, "reading": "fair", "shows_steps": False,
        "extracted": "1", "rule": "line", "ending": "ended",
    }  # fmt: skip
    verdict = pl.Series("verdict", np.where(right, "correct", "wrong"))
    rows = items.select("item_id", verdict, *(pl.lit(value).alias(name) for name, value in values.items()))
    return VERDICTS.conform(rows)
