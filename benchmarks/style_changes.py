"""Collapses that are claimed although only the style of the answers changed, by simulation.

Every round draws a base and a checkpoint of the same skill, whose answers are partly malformed or cut, and runs the
paired tests. A figure is the share of rounds in which any cell is claimed to have collapsed: at most 5 % if the form of
an answer depends on the item and not on whether the answer is right. `on_accuracy_alone` is the same without the
condition on well-formed answers, `output_broken` the share of rounds with broken output in some cell. In the scenarios
`..._margin` accuracy truly falls by the margin of 0.05, where a wrong claim is most likely. `hides_right` breaks the
assumption: only right answers change their form.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ._figure import emit, row, versions

Array = NDArray[np.float64]

MARGIN = 0.05
CELLS, ITEMS, ROUNDS = 20, 108, 500

_BLOCK = 50
_CLAIMS = {
    "collapse": pl.col("collapse"),
    "alone": pl.col("upper_limit") < -MARGIN,
    "broken": pl.col("output_broken"),
}


@dataclass(frozen=True)
class Scenario:
    """A change of style without a change of skill.

    chance: the chance that the checkpoint's answer is not well-formed, from the item's ease (its chance of being
    solved, 0 to 1) and from the answer (1 if right). verdict: what it is then. fall: true fall of the chance to solve
    an item. base: share of the base's answers that are not well-formed.
    """

    chance: Callable[[Array, Array], Array]
    verdict: str = "malformed"
    fall: float = 0.0
    base: float = 0.02


def _share(of: float) -> Callable[[Array, Array], Array]:
    return lambda ease, _: np.full_like(ease, of)


SCENARIOS = {
    "same_style": Scenario(_share(0.02)),
    "tenth": Scenario(_share(0.1)),
    "third": Scenario(_share(0.33)),
    "half_broken": Scenario(_share(0.55)),
    "hard_items": Scenario(lambda ease, _: 0.9 * (1 - ease)),
    "easy_items": Scenario(lambda ease, _: 0.6 * ease),
    "hard_items_cut": Scenario(lambda ease, _: 0.9 * (1 - ease), verdict="truncated"),
    "cured_style": Scenario(_share(0.0), base=0.4),
    "both_sides": Scenario(lambda ease, _: 0.6 * ease, base=0.3),
    "third_margin": Scenario(_share(0.33), fall=MARGIN),
    "easy_items_margin": Scenario(lambda ease, _: 0.6 * ease, fall=MARGIN),
    "hides_right": Scenario(lambda ease, right: 0.35 * right),
}
"""The scenarios by name; `hides_right` alone is outside the assumption."""


def simulated(
    scenario: Scenario, rng: np.random.Generator, *, rounds: int = 1, cells: int = CELLS, each: int = ITEMS
) -> pl.DataFrame:
    """The pairs of `paired_items` of simulated checkpoints, each with its base.

    Args:
        scenario: The change of style.
        rng: The source of randomness.
        rounds: Number of checkpoints; the first words of `skill` number them.
        cells: Number of cells of each.
        each: Number of items of a cell.

    Returns:
        One row per item.
    """
    from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items

    number = np.arange(rounds * cells * each)
    cell = number // each
    items = pl.DataFrame(
        {
            "item_set": "simulated",
            "item_id": number,
            "skill": cell // cells,
            "domain": cell % cells,
            "kind": cell,
            "level": number % 3 + 1,
            "template": number % 4,
            "source": "procedural",
        }
    ).with_columns(pl.col("item_id", "skill", "domain", "kind", "template").cast(pl.String).str.zfill(8))
    ease = np.clip(rng.beta(1.2, 0.8, len(number)), scenario.fall, 1.0)
    base, tuned = rng.random(len(number)) < ease, rng.random(len(number)) < ease - scenario.fall
    base_broken = rng.random(len(number)) < scenario.base
    broken = rng.random(len(number)) < scenario.chance(ease, tuned.astype(float))
    sides = [
        _verdicts(items, right, hidden, scenario.verdict, step)
        for step, (right, hidden) in enumerate(((base, base_broken), (tuned, broken)))
    ]
    return paired_items(sides[1], sides[0], items)


def claims(
    scenario: Scenario, rng: np.random.Generator, *, rounds: int, cells: int = CELLS, each: int = ITEMS
) -> pl.DataFrame:
    """The cells of simulated checkpoints (see `simulated`) as `describe_changes` describes them.

    Cells share no unit, so the critical values of a checkpoint are those of so many independent cells, as in
    `joint_tests`.
    """
    from skillprobe_core.measurements.profile_tests.describe_changes import describe_changes
    from skillprobe_core.measurements.profile_tests.families import families
    from skillprobe_core.stats.critical_values import simultaneous_critical

    pairs = simulated(scenario, rng, rounds=rounds, cells=cells, each=each)
    critical, critical_lower = simultaneous_critical(np.eye(cells))
    return describe_changes(pairs, families(pairs)[0], margin=MARGIN, critical=critical, critical_lower=critical_lower)


def claimed(found: pl.DataFrame, when: pl.Expr) -> int:
    """Number of simulated checkpoints of which any cell fulfils the condition."""
    return int(found.group_by("skill").agg(when.any().alias("claimed"))["claimed"].sum())


def _verdicts(
    items: pl.DataFrame, right: NDArray[np.bool_], broken: NDArray[np.bool_], verdict: str, step: int
) -> pl.DataFrame:
    cut = broken & (verdict == "truncated")
    return items.select("item_set", "item_id").with_columns(
        pl.lit("simulated").alias("model"),
        pl.lit(step, pl.Int64).alias("step"),
        pl.Series("verdict", np.where(broken, verdict, np.where(right, "correct", "wrong"))),
        pl.Series("ending", np.where(cut, "cut", "ended")),
    )


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line for each scenario."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks style_changes", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="checkpoints of each scenario (default: %(default)s)"
    )
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=[*SCENARIOS], help="(default: all)")
    options = parser.parse_args(arguments)
    for name in options.scenarios:
        rng = np.random.default_rng(0)
        counts = dict.fromkeys(_CLAIMS, 0)
        for first in range(0, options.rounds, _BLOCK):
            found = claims(SCENARIOS[name], rng, rounds=min(_BLOCK, options.rounds - first))
            for column, when in _CLAIMS.items():
                counts[column] += claimed(found, when)
        share = {column: 100 * count / options.rounds for column, count in counts.items()}
        emit(
            row(
                name,
                unit="% of checkpoints with a claimed collapse",
                skillprobe=share["collapse"],
                threads=1,
                runs=options.rounds,
                versions=versions("numpy", "scipy", "polars"),
                on_accuracy_alone=share["alone"],
                output_broken=share["broken"],
            )
        )


if __name__ == "__main__":
    main()
