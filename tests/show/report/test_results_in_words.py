"""The reading says what the tests establish, and no more."""

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.show.report.results_in_words import read_tests, reading


def row(scope: str, **values: object) -> dict[str, object]:
    """A row of tests in which nothing moved, but for what is given."""
    still = {
        "scope": scope, "skill": "all", "domain": "all", "base_accuracy": 0.5, "accuracy": 0.4, "change": -0.1,
        "change_low": -0.2, "change_high": 0.0, "p": 0.004, "p_adjusted": 0.004, "detectable_change": 0.2,
        "collapse": False, "margin": 0.05,
    }  # fmt: skip
    return still | values


def test_among_many_checkpoints_the_overall_change_is_told_with_its_adjusted_p() -> None:
    rows = [row("skill", skill="calculation", p_adjusted=0.4), row("cell", skill="calculation", p_adjusted=0.4)]
    alone = read_tests(pl.DataFrame([row("overall"), *rows]), "run at step 5")
    assert "(-0.10 [-0.20, +0.00], p = 0.004)" in alone
    among = read_tests(pl.DataFrame([row("overall", p_adjusted=0.12), *rows]), "run at step 5")
    assert "(-0.10 [-0.20, +0.00], adjusted p = 0.120)" in among


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ((0.3, 0.5), (0.2, 0.5), "calculation and simulation (minimum detectable drop at 80 % power: 0.30)."),
        (
            (0.3, 0.2),
            (0.2, 0.5),
            "(minimum detectable drop at 80 % power: 0.20; base accuracy too low to detect a drop in calculation)",
        ),
        ((0.3, 0.2), (0.4, 0.1), "(base accuracy too low to detect a drop)"),
        ((1.0, 1.0), (1.0, 0.4), "(too few items to detect any drop)"),
    ],
)
def test_no_drop_is_said_to_be_findable_where_none_is(first, second, told: str) -> None:
    skills = [
        row("skill", skill=skill, p_adjusted=0.5, detectable_change=detectable, base_accuracy=base)
        for skill, (detectable, base) in {"calculation": first, "simulation": second}.items()
    ]
    assert told in read_tests(pl.DataFrame([row("overall"), *skills, row("cell")]), "run")


def test_a_domain_that_fell_is_told_where_there_are_others() -> None:
    skills = [row("skill", skill=skill, p_adjusted=0.4) for skill in ("calculation", "simulation")]
    science, math = row("domain", domain="science"), row("domain", domain="math", p_adjusted=0.4)
    rest = [row("overall"), *skills, row("cell", p_adjusted=0.4)]
    text = read_tests(pl.DataFrame([*rest, science, math]), "run")
    assert "Domains that fell significantly: science -0.10 [-0.20, +0.00], adjusted p = 0.004." in text
    assert "math" not in text
    assert "Domains" not in read_tests(pl.DataFrame([*rest, science]), "run")


def read(study: Store, model: str, step: int) -> str:
    return reading(study, current_protocol(study).protocol, [(model, step)])


def test_what_was_planted_is_read(study: Store) -> None:
    text = read(study, "planted-sft", 300)
    assert "Skills that rose significantly: calculation +0.2" in text or "significantly: calculation +0.3" in text
    assert "collapsed (significant drop of more than 0.05): simulation/science." in text


def test_nothing_is_read_where_nothing_was_planted(study: Store) -> None:
    text = read(study, "planted-rl", 300)
    assert "fell" not in text
    assert "none collapsed" in text
    assert "No significant change in diagnostic, enumeration, fact_retrieval and simulation (minimum detectable" in text


def test_the_base_has_not_changed(study: Store) -> None:
    text = read(study, "planted-sft", 0)
    assert "rose" not in text
    assert "0 of 20 cells changed significantly" in text
