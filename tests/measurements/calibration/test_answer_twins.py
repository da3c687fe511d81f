"""Twins of an item set, and the responses to them."""

import polars as pl
import pytest

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.measurements.calibration.answer_twins import twin_rows, twins_of

SAMPLING = '{"reasoning":["<think>","</think>"]}'


@pytest.fixture(scope="module")
def items():
    kinds = [kind_named(name) for name in ("shopping_total", "arithmetic_chain", "column_sum")]
    return build_item_set(kinds, levels=(1, 2), per_level=6)


def test_each_kind_and_level_has_so_many_and_kinds_that_have_none_are_left_out(items):
    twins = twins_of(items, 3)
    assert twins.group_by("kind", "level").len().sort("kind", "level").rows() == [
        ("arithmetic_chain", 1, 3), ("arithmetic_chain", 2, 3), ("shopping_total", 1, 3), ("shopping_total", 2, 3),
    ]  # fmt: skip
    assert twins_of(items, 0).is_empty()
    assert not set(twins["prompt"]) & set(items["prompt"])


def test_the_ladder_has_none(items):
    high = build_item_set([kind_named("shopping_total")], levels=(5, 6), per_level=2)
    assert twins_of(high, 2)["level"].unique().to_list() == [5]


def test_more_twins_keep_the_first_ones_and_the_order_of_items_does_not_matter(items):
    few, more = twins_of(items, 1), twins_of(items.sample(fraction=1, shuffle=True, seed=4), 4)
    both = few.join(more, on="item_id", suffix="_again")
    assert both.height == few.height
    assert both["prompt"].to_list() == both["prompt_again"].to_list()


@pytest.mark.parametrize(
    ("completion", "finish_reason", "reasoning", "response"),
    [
        ("The price of a cup is not given.\nAnswer: cannot be determined", "stop", None, "recognised"),
        ("5 * 3 = 15\nAnswer: 15", "stop", None, "answered"),
        ("Let me see", "stop", None, "unread"),
        ("", "too_long", None, "unread"),
        ("The price is not given, so it cannot be", "length", None, "unread"),
        ("Answer: 12", "stop", "<think>The price is not given.</think>", "answered"),
        ("Answer: unknown", "stop", "<think>Maybe 12.</think>", "recognised"),
    ],
)
def test_a_response_is_read(items, completion, finish_reason, reasoning, response):
    twin = twins_of(items, 1).filter(kind="shopping_total").head(1)
    generation = pl.DataFrame(
        {
            "model": "m", "step": 1, "item_set": twin["item_set"], "item_id": twin["item_id"], "sample": 0,
            "completion": completion, "finish_reason": finish_reason,
            "reasoning": pl.Series([reasoning], dtype=pl.String), "completion_tokens": 5,
            "sampling": SAMPLING, "backend": "b",
        }
    )  # fmt: skip
    assert twin_rows(generation, twin)["response"].to_list() == [response]
