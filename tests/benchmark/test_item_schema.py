"""Items and their identity."""

from dataclasses import replace

import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import (
    AnswerType,
    Domain,
    Draft,
    Drafting,
    Imported,
    Item,
    Skill,
    Split,
    finished,
    make_item,
    prompt_of,
)
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import kind_named

KINDS = tuple(map(kind_named, ("column_sum", "linear_equation", "row_swaps", "grid_walk")))


def test_rows_become_the_items_they_came_from():
    frame = build_item_set(KINDS, levels=(1,), per_level=3)
    items = [Item.from_row(row) for row in frame.iter_rows(named=True)]
    assert [item.item_id for item in items] == frame["item_id"].to_list()
    for item in items:
        assert isinstance(item.skill, Skill)
        assert isinstance(item.answer_type, AnswerType)
        assert isinstance(item.accepted, tuple)
        assert isinstance(item.evidence, tuple)
    rows = [{name: getattr(item, name) for name in frame.columns[1:]} for item in items]
    again = pl.DataFrame(rows, schema=frame.drop("item_set").schema)
    assert again.equals(frame.drop("item_set"))


ORIGIN = Imported("kind", 2, Skill.CALCULATION, Domain.MATH, AnswerType.DECIMAL, "here")
DRAFT = Draft("What is 1 / 2?", "0.5", "Answer: 0.5", "plain", 0.1, ("1/2",), 0.01, ("half",))


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "Other?"},
        {"answer": "0.6"},
        {"accepted": ()},
        {"tolerance": 0.02},
        {"tolerance": None},
        {"evidence": ()},
    ],
)
def test_the_id_follows_everything_that_a_verdict_depends_on(change: dict[str, object]) -> None:
    before = make_item(ORIGIN, 1, Split.TRAIN, DRAFT).item_id
    assert make_item(ORIGIN, 1, Split.TRAIN, replace(DRAFT, **change)).item_id != before  # type: ignore[arg-type]
    assert make_item(replace(ORIGIN, version=3), 1, Split.TRAIN, DRAFT).item_id != before
    assert make_item(ORIGIN, 2, Split.TRAIN, DRAFT).item_id != before


def test_the_id_does_not_follow_what_a_verdict_does_not_depend_on() -> None:
    before = make_item(ORIGIN, 1, Split.TRAIN, DRAFT)
    other = make_item(replace(ORIGIN, source="there"), 1, Split.EVALUATION, replace(DRAFT, reference="x", chance=0.9))
    assert before.item_id == other.item_id
    assert len(before.item_id) == 16
    assert before.template == "kind/plain"


def test_a_solution_is_worked_out_only_when_it_is_wanted() -> None:
    solved = []

    def drafting() -> Drafting:
        yield "What is 1 / 2?"
        solved.append(True)
        return DRAFT

    made = drafting()
    assert prompt_of(made) == DRAFT.prompt
    assert not solved
    assert finished(made) is DRAFT
    assert finished(drafting()) is DRAFT
    assert (prompt_of(DRAFT), finished(DRAFT)) == (DRAFT.prompt, DRAFT)
