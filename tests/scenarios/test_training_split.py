"""What the base and the arms are trained on is never what they are evaluated on."""

from itertools import islice

import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import Skill, Split
from skillprobe_core.benchmark.item_set import build_item_set, content_frame, training_items
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.demo.sft_and_rl import DEFAULTS, METHODS, TARGET_CELL, arm_items, target_kinds
from tools.base_model.assessment import held_out
from tools.base_model.curriculum import LEVELS, Curriculum


def _words(prompt):
    return " ".join(prompt.casefold().split())


@pytest.fixture(scope="module")
def evaluation():
    return build_item_set(KINDS, levels=LEVELS, per_level=20)


@pytest.mark.parametrize("method", METHODS)
def test_no_prompt_of_an_arm_is_evaluated(method, evaluation):
    items = arm_items(DEFAULTS[method])
    assert len(items) == DEFAULTS[method].distinct
    assert {(item.skill, item.domain) for item in items} == {TARGET_CELL}
    assert {split_of(item.prompt) for item in items} == {Split.TRAIN}
    evaluated = {_words(prompt) for prompt in evaluation["prompt"]}
    assert evaluated.isdisjoint(_words(item.prompt) for item in items)
    assert set(evaluation["item_id"]).isdisjoint(item.item_id for item in items)


@pytest.mark.parametrize("skill", [Skill.FACT_RETRIEVAL])
def test_no_arm_on_facts_would_train_on_a_fact_that_is_evaluated(skill, evaluation):
    kinds = [kind for kind in KINDS if kind.skill is skill]
    trained = with_units(content_frame(islice(training_items(kinds, levels=LEVELS, seed=3), 4000)))
    evaluated = with_units(evaluation.filter(pl.col("skill") == skill))
    assert evaluated["unit"].n_unique() == len(evaluated)
    assert set(evaluated["unit"]).isdisjoint(trained["unit"])


def test_both_arms_draw_from_one_stream():
    sft, rl = (arm_items(DEFAULTS[method]) for method in METHODS)
    assert sft == rl


def test_no_prompt_of_pretraining_is_evaluated(evaluation):
    learned = dict.fromkeys([(kind.name, level) for kind in KINDS for level in LEVELS], 1.0)
    items = Curriculum(KINDS, seed=0, accuracy=learned).take(8000)
    assert {split_of(item.prompt) for item in items} == {Split.TRAIN}
    assert {item.kind for item in items} == {kind.name for kind in KINDS}
    assert set(evaluation["item_id"]).isdisjoint(item.item_id for item in items)


def test_validation_measures_neither_training_nor_evaluation_items(evaluation):
    items = held_out(KINDS, LEVELS, Split.VALIDATION, 5)
    assert {item.split for item in items} == {Split.VALIDATION}
    assert set(evaluation["item_id"]).isdisjoint(item.item_id for item in items)


def test_the_target_family_is_math_calculation(evaluation):
    cell = evaluation.filter(pl.col("skill") == "calculation", pl.col("domain") == "math")
    assert {kind.name for kind in target_kinds()} == set(cell["kind"])


def test_a_stream_goes_on_behind_what_it_gave():
    whole = Curriculum(KINDS[:3], seed=4)
    first = whole.take(30)
    resumed = Curriculum(KINDS[:3], seed=4, drawn=whole.drawn.copy())
    assert {item.item_id for item in first}.isdisjoint(
        item.item_id for item in islice(resumed.take(5), 5) if item.level > 1
    )
