"""Claims about a skill as such: kinds that drift at random while no skill moves, and skills that move with all kinds.

5 skills × 4 domains, one checkpoint. Every kind has a change of its own, drawn with mean 0 for each checkpoint. The
columns count checkpoints at which any skill is named: in these kinds (`p_gated`), and as such (`kind_p_adjusted`
too). Coverage is that of `kind_low` to `kind_high` over skills, and of `change_low` to `change_high`, for the mean over
kinds that could be drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.over_kinds import over_kinds
from skillprobe_core.measurements.profile_tests.significant_rows import in_the_skill, in_these_kinds

from .rates import markdown, percent
from .simulated_tests import DOMAINS, SKILLS, simulated_answers, simulated_tests

Array = NDArray[np.float64]

SKILL = 1
"""Place of the skills among the families."""

DRIFTS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "two values": lambda rng, shape: rng.choice([-1.0, 1.0], shape),
    "one kind in five": lambda rng, shape: rng.choice([-1.0, 1.0], shape) * (rng.random(shape) < 0.2) * np.sqrt(5),
    "one in five, all falls": lambda rng, shape: np.where(rng.random(shape) < 0.2, -2.0, 0.5),
}
"""Laws of a kind's drift, with mean 0 and standard deviation 1."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table.

    kinds: of a skill. items: of a kind. drift: standard deviation of a kind's own change, which follows `law`. skill:
    true change of one skill.
    """

    kinds: int = 12
    drift: float = 0.05
    law: str = "normal"
    skill: float = 0.0
    items: int = 60


def cases() -> list[Case]:
    """All rows of the table: those under the null first."""
    return [
        Case(drift=0.0),
        Case(drift=0.05),
        *(Case(drift=0.1, law=law) for law in DRIFTS),
        Case(kinds=6, drift=0.1),
        *(Case(kinds=3, drift=drift) for drift in (0.05, 0.1)),
        *(Case(drift=drift, skill=-0.1) for drift in (0.05, 0.1)),
        Case(kinds=3, drift=0.05, skill=-0.1),
    ]


def simulate(case: Case, runs: int, flips: int = 499) -> tuple[list[bool], list[bool], list[bool], list[bool]]:
    """Simulate a case.

    Returns:
        Per checkpoint, if any skill is named in these kinds, and if any is named as such; per skill, if its interval
        with kinds as clusters covers the true change, and if the one for these kinds does.
    """
    kinds_named, named, covered, plain = [], [], [], []
    domains = DOMAINS if case.kinds % DOMAINS == 0 else case.kinds // 3
    for seed in range(runs):
        rng = np.random.default_rng([seed, 29])
        shape = (SKILLS, domains, case.kinds // domains)
        truth = np.zeros(SKILLS)
        truth[0] = case.skill
        change = truth[:, None, None] + case.drift * DRIFTS[case.law](rng, shape)
        answered = simulated_answers(rng, change, items=case.items)
        tests, scopes = simulated_tests(answered, flips), families(answered)
        of_kinds = over_kinds(tests, scopes[SKILL], scopes[-1], 1)
        skills = tests.filter(scope="skill").hstack(of_kinds).with_columns(pl.Series("truth", truth))
        kinds_named.append(skills.filter(in_these_kinds()).height > 0)
        named.append(skills.filter(in_the_skill()).height > 0)
        inside = skills.select(
            clustered=pl.col("truth").is_between("kind_low", "kind_high"),
            plain=pl.col("truth").is_between("change_low", "change_high"),
        )
        covered += inside["clustered"].to_list()
        plain += inside["plain"].to_list()
    return kinds_named, named, covered, plain


def table(runs: int) -> Iterator[str]:
    """Lines of the table of all cases, as Markdown."""
    header = ("kinds of a skill", "drift of a kind", "law", "true change of one skill", "any named, in these kinds",
              "any named as such", "coverage, kinds as clusters", "coverage, these kinds")  # fmt: skip
    return markdown(header, (_row(case, runs) for case in cases()))


def _row(case: Case, runs: int) -> tuple[str, ...]:
    about = (str(case.kinds), f"{case.drift:g}", case.law if case.drift else "-", f"{case.skill:g}")
    return (*about, *map(percent, simulate(case, runs)))
