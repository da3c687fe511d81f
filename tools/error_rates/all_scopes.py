"""All scopes of `profile_tests` together: rows that are named although their group did not move, and a moved cell.

20 cells of 3 kinds of 60 items, one checkpoint. A row is true to the null if none of its kinds moved. The columns count
checkpoints at which any such row is significant: with each scope adjusted by itself, and with all scopes together. A
moved cell is looked for in the same two ways, and by a serial gatekeeper: the whole, then skills and domains, then
cells, each step only within what the step before rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.stats.significance import SIGNIFICANCE

from .rates import markdown, percent
from .simulated_tests import DOMAINS, SKILLS, simulated_answers, simulated_tests

Array = NDArray[np.float64]

KINDS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table.

    per_unit, across: items that move together, in one kind or in different ones. cell, kind, skill: true change of one
    cell, of one kind, and of one skill.
    """

    about: str
    per_unit: int = 1
    across: bool = False
    cell: float = 0.0
    kind: float = 0.0
    skill: float = 0.0

    @property
    def change(self) -> Array:
        """True change of every kind: of the first cell, of the second skill's first kind, and of the third skill."""
        change = np.zeros((SKILLS, DOMAINS, KINDS))
        change[0, 0] = self.cell
        change[1, 0, 0] += self.kind
        change[2] += self.skill
        return change


@dataclass(frozen=True, slots=True)
class Found:
    """One value per checkpoint: an error with each scope by itself, one with all together; the moved cell found."""

    apart: list[bool]
    together: list[bool]
    cell_apart: list[bool]
    cell_together: list[bool]
    cell_serial: list[bool]


def cases() -> list[Case]:
    """All rows of the table."""
    return [
        Case("nothing moves, independent items"),
        Case("nothing moves, units of 12 of one kind", per_unit=12),
        Case("nothing moves, 60 units with an item of every kind", per_unit=60, across=True),
        Case("one kind falls by 0.3", kind=-0.3),
        Case("one skill falls by 0.2", skill=-0.2),
        Case("one skill falls by 0.2, 60 units", skill=-0.2, per_unit=60, across=True),
        Case("one cell falls by 0.1", cell=-0.1),
        Case("one cell falls by 0.15", cell=-0.15),
        Case("one cell falls by 0.2", cell=-0.2),
        Case("one cell falls by 0.15, one skill by 0.1", cell=-0.15, skill=-0.1),
    ]


def simulate(case: Case, runs: int, flips: int = 499) -> Found:
    """Simulate a case; the checkpoints of a moved cell are those of the first one."""
    found = Found([], [], [], [], [])
    still = _true_nulls(case.change)
    moved = (pl.col("scope") == "cell") & (pl.col("skill") == "0" * 6) & (pl.col("domain") == "0" * 6)
    for seed in range(runs):
        answered = simulated_answers(
            np.random.default_rng([seed, 17]), case.change, per_unit=case.per_unit, across=case.across
        )
        tests = simulated_tests(answered, flips)
        null = tests.join(still, on=["skill", "domain", "kind"])
        apart, together = (bool((null[name] <= SIGNIFICANCE).any()) for name in ("p_adjusted", "p_gated"))
        found.apart.append(apart)
        found.together.append(together)
        if case.cell:
            row = tests.filter(moved).row(0, named=True)
            found.cell_apart.append(row["p_adjusted"] <= SIGNIFICANCE)
            found.cell_together.append(row["p_gated"] <= SIGNIFICANCE)
            found.cell_serial.append(row["p_adjusted"] <= SIGNIFICANCE and _parents_moved(tests, row))
    return found


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    header = ("20 cells of 3 kinds", "any error, each scope by itself", "any error, `p_gated`",
              "cell found, `p_adjusted`", "cell found, `p_gated`", "cell found, serial")  # fmt: skip
    return markdown(header, (_row(case, runs) for case in cases()))


def _row(case: Case, runs: int) -> tuple[str, ...]:
    found = simulate(case, runs)
    columns = (found.apart, found.together, found.cell_apart, found.cell_together, found.cell_serial)
    return (case.about, *map(percent, columns))


def _true_nulls(change: Array) -> pl.DataFrame:
    """The keys of the rows none of whose kinds moved."""
    skill, domain, _ = np.unravel_index(np.arange(change.size), change.shape)
    kinds = pl.DataFrame({"skill": skill, "domain": domain, "kind": np.arange(change.size)})
    kinds = kinds.with_columns(pl.all().cast(pl.String).str.zfill(6), pl.Series("moved", change.ravel() != 0))
    everything = pl.lit("all")
    scopes = (("kind",), ("domain", "kind"), ("skill", "kind"), ("skill", "domain", "kind"), ())
    rows = [kinds.with_columns(everything.alias(name) for name in names) for names in scopes]
    keys = ["skill", "domain", "kind"]
    return pl.concat(rows).group_by(keys).agg(pl.col("moved").any()).filter(~pl.col("moved")).select(keys)


def _parents_moved(tests: pl.DataFrame, row: dict[str, object]) -> bool:
    """If the whole, and the skill and the domain of a cell, are significant in their scopes."""
    parents = tests.filter(
        (pl.col("scope") == "overall")
        | ((pl.col("scope") == "skill") & (pl.col("skill") == row["skill"]))
        | ((pl.col("scope") == "domain") & (pl.col("domain") == row["domain"]))
    )
    by_scope = dict(parents.select("scope", "p_adjusted").iter_rows())
    named = by_scope["skill"] <= SIGNIFICANCE or by_scope["domain"] <= SIGNIFICANCE
    return bool(by_scope["overall"] <= SIGNIFICANCE and named)
