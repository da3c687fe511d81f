"""The form of answers: each verdict is well-formed or not, each ending cut or not."""

import polars as pl
import pytest

from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.judging.judge import Verdict
from skillprobe_core.measurements.verdicts.answer_form import (
    CUT,
    FORM_RATES,
    WELL_FORMED,
    form_rates,
    is_cut,
    is_well_formed,
    with_ending,
)


def one(verdict: str, ending: str | None) -> pl.DataFrame:
    return pl.DataFrame({"verdict": [verdict], "ending": [ending]}, schema={"verdict": pl.String, "ending": pl.String})


@pytest.mark.parametrize("verdict", [*Verdict])
def test_an_answer_that_was_read_is_well_formed(verdict: Verdict) -> None:
    read = verdict in {Verdict.CORRECT, Verdict.WRONG, Verdict.TIMEOUT}
    assert one(verdict, "ended").select(is_well_formed()).item() == read


@pytest.mark.parametrize("ending", [*Ending, None])
def test_a_completion_that_did_not_end_is_cut(ending: Ending | None) -> None:
    frame = one("correct", ending)
    rates = frame.select(condition.alias(name) for name, condition in form_rates().items()).row(0, named=True)
    assert frame.select(is_cut()).item() == (ending not in {Ending.ENDED, None}) == rates["truncated"]
    assert rates["looped"] == (ending is Ending.LOOPED)
    assert not rates["malformed"]
    assert not rates["unparsed"]


def test_the_names_are_those_of_the_lists() -> None:
    assert set(WELL_FORMED) <= set(Verdict)
    assert set(CUT) == set(Ending) - {Ending.ENDED}
    assert tuple(form_rates()) == FORM_RATES
    for name in ("malformed", "unparsed"):
        assert one(name, "ended").select(form_rates()[name]).item()


def test_without_endings_nothing_is_cut() -> None:
    bare = one("correct", "cut").drop("ending")
    assert not with_ending(bare).select(is_cut()).item()
    assert with_ending(one("correct", "cut")).select(is_cut()).item()
