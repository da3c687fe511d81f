import polars as pl
import pytest

from skillprobe_core.benchmark.few_shot_examples import with_examples
from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.errors import ItemError


@pytest.fixture(scope="module")
def items():
    return build_item_set(KINDS, levels=(1, 2), per_level=2)


def test_examples_are_of_the_kind_and_level_and_of_the_training_split(items):
    asked = with_examples(items, 2)
    assert asked.drop("examples").equals(items)
    for kind, level, examples in asked.select("kind", "level", "examples").iter_rows():
        assert len({each["prompt"] for each in examples}) == 2, (kind, level)
        for each in examples:
            assert split_of(each["prompt"]) == Split.TRAIN
            assert each["reference"].splitlines()[-1].startswith("Answer: ")
            assert "\n\n" not in each["reference"], "it would end where the next example begins"
    assert asked.group_by("kind", "level").agg(pl.col("examples").n_unique())["examples"].max() == 1


def test_the_seed_and_the_number_decide_them(items):
    some = items.filter(kind="column_sum")
    two, three = with_examples(some, 2), with_examples(some, 3)
    assert two.equals(with_examples(some, 2))
    assert three["examples"][0].to_list()[:2] == two["examples"][0].to_list()
    assert not with_examples(some, 2, seed=1)["examples"].equals(two["examples"])


def test_too_many_shots_for_a_small_level_are_refused(items, monkeypatch):
    """With one draw for each example, any level that repeats a prompt has too few."""
    monkeypatch.setattr("skillprobe_core.benchmark.few_shot_examples._PATIENCE", 1)
    with pytest.raises(ItemError, match="training prompts for 200 shots"):
        with_examples(items.filter(kind="codons"), 200)
    with pytest.raises(ItemError, match="unknown item kind"):
        with_examples(items.head(1).with_columns(kind=pl.lit("bought")), 1)
