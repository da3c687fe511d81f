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
from skillprobe_core.measurements.profile_tests.scope_tests import rows_of, scope_tests
from skillprobe_core.measurements.profile_tests.sequential_tests import sequential_tests
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.planning import Sizes, sizes_of
from skillprobe_core.stats.planned_power import watched
from skillprobe_core.stats.significance import SIGNIFICANCE

from .rates import markdown, percent

Right = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table: the first cell, or the first skill, drops by `drop`.

    items: per kind. flips: share of items that turn right, and also of those that turn wrong, without a real change.
    scope: cell or skill. skills, domains, kinds: numbers of skills, of domains, and of kinds of a cell. looks: number
    of checkpoints of a watched run (1: the test of one checkpoint). first: look from which the drop is there. alike:
    probability that an item's answer is the same as at the look before.
    """

    about: str
    items: int
    flips: float
    drop: float
    scope: str = "cell"
    skills: int = 5
    domains: int = 4
    kinds: int = 3
    looks: int = 1
    first: int = 1
    alike: float = 0.6
    accuracy: float = 0.6

    @property
    def sizes(self) -> Sizes:
        """The sizes of the scope that a plan states."""
        return next(each for each in sizes_of(_items(self)) if each.scope == self.scope)

    @property
    def predicted(self) -> float:
        """The power that a plan states."""
        sizes = self.sizes
        if self.looks == 1:
            return sizes.family(self.flips).power(self.drop)
        return watched(sizes.smallest, sizes.items[1:], self.flips, self.first).power(self.drop)


def cases() -> list[Case]:
    """All rows of the table."""
    return [
        Case("20 cells of 36, few flips", 12, 0.02, 0.39),
        Case("20 cells of 108, few flips", 36, 0.02, 0.16),
        Case("20 cells of 108", 36, 0.05, 0.21),
        Case("20 cells of 108, independent answers", 36, 0.24, 0.36),
        Case("5 skills of 144", 12, 0.05, 0.153, scope="skill"),
        Case("5 skills of 432", 36, 0.05, 0.077, scope="skill"),
        Case("5 skills of 432, independent answers", 36, 0.24, 0.15, scope="skill"),
        Case("2 skills of 2 cells of one kind of 40", 40, 0.05, 0.35, skills=2, domains=2, kinds=1),
        Case("watched, 5 looks, drop from look 1", 36, 0.05, 0.18, looks=5),
        Case("watched, 5 looks, drop at look 5", 36, 0.05, 0.22, looks=5, first=5),
        Case("the same, answers new at each look", 36, 0.05, 0.22, looks=5, first=5, alike=0.0),
    ]


def simulate(case: Case, runs: int) -> list[bool]:
    """Per study, if the drop of the first group was found, by the tests of `profile_tests` or of a watched run."""
    items = _items(case)
    first = items["skill"][0], items["domain"][0]
    found = []
    for seed in range(runs):
        base, checkpoints = _answers(case, np.random.default_rng([seed, 17]))
        base_rows = _verdicts(items, base, 0)
        rows = [_verdicts(items, right, look + 1) for look, right in enumerate(checkpoints)]
        if case.looks == 1:
            p, fell = gated_test(paired_items(rows[0], base_rows, items), case.scope)
            found.append(p <= SIGNIFICANCE and fell)
        else:
            tests = sequential_tests(pl.concat(rows), base_rows, items)
            found.append(tests.filter(skill=first[0], domain=first[1])["dropped"].any())
    return found


def gated_test(pairs: pl.DataFrame, scope: str, flips: int = 1_999) -> tuple[float, bool]:
    """`p_gated` of a scope's first group in `profile_tests`, and True if its accuracy fell; without other columns."""
    scopes = families(pairs)
    (place,) = (place for place, each in enumerate(scopes) if each.scope == scope)
    tested = scope_tests(unit_sums(pairs, scopes[-1]), scopes, 1, flips).p_values
    change = unit_sums(pairs, scopes[place])[:, 0].sum()
    return float(tested["p_gated"][rows_of(scopes, 1)[place].start]), bool(change < 0)


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
    size = case.skills * case.domains * case.kinds * case.items
    base = rng.random(size) < case.accuracy
    dropping = np.arange(size) < case.kinds * case.items * (case.domains if case.scope == "skill" else 1)
    luck = rng.random(size)
    checkpoints = []
    for look in range(1, case.looks + 1):
        luck = np.where(rng.random(size) < case.alike, luck, rng.random(size))
        drop = case.drop * (dropping & (look >= case.first))
        turns = np.where(base, (case.flips + drop) / case.accuracy, case.flips / (1 - case.accuracy))
        checkpoints.append(np.where(luck < turns, ~base, base))
    return base, checkpoints


def _items(case: Case) -> pl.DataFrame:
    """Items of as many skills, domains and kinds as the case has, in the order of the answers."""
    kind = np.arange(case.skills * case.domains * case.kinds * case.items) // case.items
    cell = kind // case.kinds
    numbered = pl.DataFrame({"kind": kind, "skill": cell // case.domains, "domain": cell % case.domains})
    names = {name: pl.format(name + "{}", pl.col(name).cast(pl.String).str.zfill(2)) for name in numbered.columns}
    return numbered.select(
        pl.lit("set").alias("item_set"),
        pl.int_range(pl.len()).cast(pl.String).str.zfill(6).alias("item_id"),
        *(expression.alias(name) for name, expression in names.items()),
        pl.lit(1).alias("level"),
        pl.format("{}/one", names["kind"]).alias("template"),
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
