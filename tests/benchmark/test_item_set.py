"""Frozen sets of items."""

import random
from collections import Counter
from dataclasses import replace
from itertools import islice, product

import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill, Split
from skillprobe_core.benchmark.item_set import build_item_set, content_frame, item_set_digest, training_items
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.kind_registry import KINDS as ALL
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.benchmark.kinds.fact_retrieval.questions import questions
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.errors import ItemError
from skillprobe_core.measurements.items.items_table import ITEMS

KINDS = tuple(map(kind_named, ("column_sum", "linear_equation", "row_swaps", "grid_walk")))


def test_the_set_has_the_columns_counts_and_order_it_promises():
    frame = build_item_set(KINDS, levels=(1, 2), per_level=7)
    assert frame.schema == ITEMS.polars_schema
    assert frame.group_by("kind", "level").len()["len"].to_list() == [7] * (2 * len(KINDS))
    assert frame.equals(frame.sort("skill", "domain", "kind", "level", "item_id"))
    assert not frame.select(pl.col("prompt").str.to_lowercase(), "kind").is_duplicated().any()
    assert frame["item_set"].unique().to_list() == [item_set_digest(frame)[:16]]
    assert set(frame["split"]) == {"evaluation"}
    assert all(split_of(prompt) is Split.EVALUATION for prompt in frame["prompt"])


def test_the_digest_follows_the_content_alone(tmp_path):
    frame = build_item_set(KINDS, levels=(1, 2), per_level=5)
    digest = item_set_digest(frame)
    assert len(digest) == 64
    assert build_item_set(reversed_kinds(), levels=(2, 1), per_level=5).equals(frame)
    assert item_set_digest(frame.sample(fraction=1.0, shuffle=True, seed=3)) == digest
    assert item_set_digest(frame.with_columns(item_set=pl.lit("x"))) == digest
    for compression in ("uncompressed", "zstd", "snappy"):
        frame.write_parquet(tmp_path / "items.parquet", compression=compression, row_group_size=7)
        assert item_set_digest(pl.read_parquet(tmp_path / "items.parquet")) == digest


def reversed_kinds():
    return tuple(reversed(KINDS))


@pytest.mark.parametrize("column", [name for name in ITEMS.polars_schema if name != "item_set"])
def test_any_changed_value_changes_the_digest(column):
    frame = build_item_set(KINDS[:1], levels=(1,), per_level=2)
    dtype = ITEMS.polars_schema[column]
    other = {pl.String: "other", pl.Float64: 0.123}.get(dtype, 9 if dtype.is_integer() else ["other"])
    values = [other, *frame[column].to_list()[1:]]
    changed = frame.with_columns(pl.Series(column, values, dtype))
    assert item_set_digest(changed) != item_set_digest(frame)
    assert item_set_digest(frame.head(1)) != item_set_digest(frame)


def test_a_larger_set_holds_the_smaller_one_and_another_seed_differs():
    small = set(build_item_set(KINDS, levels=(2,), per_level=5)["item_id"])
    large = set(build_item_set(KINDS, levels=(2,), per_level=9)["item_id"])
    assert small < large
    assert not small & set(build_item_set(KINDS, levels=(2,), per_level=5, seed=1)["item_id"])


def test_training_items_are_endless_deterministic_and_of_the_training_split():
    items = list(islice(training_items(KINDS, levels=(1, 3), seed=5), 50))
    assert len(items) == 50
    assert items == list(islice(training_items(KINDS, levels=(1, 3), seed=5), 50))
    assert {item.split for item in items} == {Split.TRAIN}
    assert {(item.kind, item.level) for item in items} == {(kind.name, level) for kind in KINDS for level in (1, 3)}
    rounds = 2 * len(KINDS)
    assert items[rounds:] == list(islice(training_items(KINDS, levels=(1, 3), seed=5, start=1), 50 - rounds))
    held_out = set(build_item_set(KINDS, levels=(1, 3), per_level=30)["prompt"])
    assert not held_out & {item.prompt for item in islice(training_items(KINDS, levels=(1, 3)), 2000)}


FACT_KINDS = [kind for kind in ALL if kind.skill is Skill.FACT_RETRIEVAL]


def facts_of_items(frame):
    """The units of each row, found by the sentences of its reference."""
    units = {}
    for domain in Domain:
        for level, hops in product(range(1, 6), (True, False)):
            units |= {(domain, each.recall): each.units for each in questions(domain, level, hops)}
    said = frame["reference"].str.split("\n").list.first().str.replace(r" That is [A-D]\.$", "")
    said = said.str.replace(r"^The subject is .+?\. ", "")
    return [units[domain, text] for domain, text in zip(frame["domain"], said, strict=True)]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_cell_has_each_fact_once_and_as_many_items_as_wanted(seed):
    frame = build_item_set(FACT_KINDS, levels=(1, 2, 3, 4, 5), per_level=ItemSettings().per_level, seed=seed)
    assert set(frame.group_by("kind", "level").len()["len"]) == {ItemSettings().per_level}
    cells = Counter(
        (domain, unit) for domain, of in zip(frame["domain"], facts_of_items(frame), strict=True) for unit in of
    )
    assert max(cells.values()) == 1
    assert with_units(frame)["unit"].n_unique() == len(frame)


def test_nothing_that_evaluation_asks_is_stated_in_training():
    frame = build_item_set(FACT_KINDS, levels=(1, 2, 3, 4, 5), per_level=12)
    asked = {unit for units in facts_of_items(frame) for unit in units}
    training = list(islice(training_items(FACT_KINDS, levels=(1, 2, 3, 4, 5), seed=2), 6000))
    stated = {unit for units in facts_of_items(content_frame(training)) for unit in units}
    assert len(stated) > 800
    assert not asked & stated


def test_kinds_share_the_facts_of_a_cell_evenly_when_there_are_too_few():
    kinds = [kind for kind in FACT_KINDS if kind.domain is Domain.SCIENCE]
    counts = build_item_set(kinds, levels=(1,), per_level=60).group_by("kind").len()["len"].sort().to_list()
    assert 36 <= sum(counts) < 60
    assert counts[-1] - counts[0] <= 8


def test_levels_added_above_leave_the_lower_ones_alone():
    kinds = FACT_KINDS[:3]
    lower = build_item_set(kinds, levels=(1, 2, 3), per_level=6).drop("item_set")
    both = build_item_set(kinds, levels=(1, 2, 3, 4, 5), per_level=6).drop("item_set")
    assert both.filter(pl.col("level") <= 3).equals(lower)


def tiny_kind(prompts):
    """A kind whose space is a few prompts, all of them drawn alike."""

    def draft(level: int, rng: random.Random) -> Draft:
        number = rng.randrange(prompts)
        return Draft(f"How much is {number} + 0?", str(number), f"Answer: {number}", "plain", 1 / prompts)

    return Kind("tiny", 1, Skill.CALCULATION, Domain.MATH, AnswerType.INTEGER, draft, levels=(1,))


def test_a_small_space_gives_all_it_has_once():
    frame = build_item_set([tiny_kind(60)], levels=(1,), per_level=500)
    of_the_split = {n for n in range(60) if split_of(f"How much is {n} + 0?") is Split.EVALUATION}
    assert {int(answer) for answer in frame["answer"]} == of_the_split
    assert len(frame) == len(of_the_split)


def test_bad_requests_are_refused_with_a_remedy():
    kind = tiny_kind(1)
    assert split_of("How much is 0 + 0?") is not Split.EVALUATION
    for kinds, levels, per_level, words in (
        ([], (1,), 1, "at least one kind"),
        (KINDS, (), 1, "at least one kind"),
        (KINDS, (1,), 0, "at least one kind"),
        ([KINDS[0], KINDS[0]], (1,), 1, "twice"),
        ([replace(KINDS[0], levels=(1,))], (2,), 1, "none of the levels"),
        ([kind], (1,), 1, "no prompt in the"),
    ):
        with pytest.raises(ItemError, match=words):
            build_item_set(kinds, levels=levels, per_level=per_level)
    with pytest.raises(ItemError, match="no kind has a training prompt"):
        next(training_items(KINDS, levels=(99,)))
