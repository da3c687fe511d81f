import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import SamplingSettings


@pytest.fixture(scope="module")
def items() -> pl.DataFrame:
    drawn = {item.item_id: item for kind in KINDS for n in range(3) if (item := draw(kind, 1, Split.EVALUATION, 0, n))}
    return ITEMS.conform(pl.DataFrame([{"item_set": "set"} | item._asdict() for item in drawn.values()]))


def generations(items: pl.DataFrame, completion: pl.Expr, **columns: str | None) -> pl.DataFrame:
    settings = SamplingSettings().row_canonical()
    others = {"reading": "fair", "finish_reason": "stop", "reasoning": None, "sampling": settings} | columns
    return items.select(
        pl.lit("m").alias("model"),
        pl.lit(3, pl.Int64).alias("step"),
        "item_set",
        "item_id",
        pl.lit(0, pl.Int32).alias("sample"),
        completion.alias("completion"),
        *(pl.lit(value, pl.String).alias(name) for name, value in others.items()),
    )


def test_references_are_correct_and_silence_is_unparsed(items) -> None:
    right = verdicts(generations(items, pl.col("reference")), items)
    assert right.schema == VERDICTS.computed_schema
    assert right["verdict"].unique().to_list() == ["correct"]
    assert right["shows_steps"].drop_nulls().all()
    silent = verdicts(generations(items, pl.lit("")), items)
    assert silent["verdict"].unique().to_list() == ["unparsed"]
    assert silent["extracted"].null_count() == silent.height


def test_keeps_keys_and_order(items) -> None:
    asked = generations(items, pl.col("reference")).sample(fraction=1, shuffle=True, seed=4)
    keys = ["model", "step", "item_set", "item_id", "sample", "reading"]
    assert verdicts(asked, items).select(keys).equals(asked.select(keys))


def test_another_item_set_is_refused_with_both_digests(items) -> None:
    stale = generations(items, pl.lit("")).with_columns(item_set=pl.lit("0123old"))
    with pytest.raises(StoreError, match=r"0123old.*current item set is set") as caught:
        verdicts(stale, items)
    assert "skillprobe probe" in str(caught.value)


def test_unknown_items_are_refused(items) -> None:
    with pytest.raises(StoreError, match="1 items that item set set does not have") as caught:
        verdicts(generations(items, pl.lit("")), items.tail(-1))
    assert "skillprobe probe" in str(caught.value)


def test_nothing_generated_is_an_empty_table(items) -> None:
    assert verdicts(generations(items.clear(), pl.col("prompt")), items).is_empty()


@pytest.mark.parametrize(
    ("columns", "verdict", "ending"),
    [
        ({"finish_reason": "stop"}, "unparsed", "ended"),
        ({"finish_reason": "stop_text"}, "unparsed", "ended"),
        ({"finish_reason": "length"}, "truncated", "cut"),
        ({"finish_reason": "length", "reasoning": "<think>so"}, "truncated", "thinking"),
        ({"finish_reason": "stop", "reasoning": "<think>so"}, "truncated", "thinking"),
        ({"finish_reason": "stop", "reasoning": "<think>so</think>"}, "unparsed", "ended"),
        ({"finish_reason": "length", "reasoning": "<think>" + "so? " * 60}, "truncated", "looped"),
        ({"finish_reason": "too_long"}, "too_long", None),
    ],
)
def test_a_completion_without_an_answer_is_judged_by_how_it_ended(items, columns, verdict, ending) -> None:
    judged = verdicts(generations(items, pl.lit(""), **columns), items)
    assert judged["verdict"].unique().to_list() == [verdict]
    assert judged["ending"].unique().to_list() == [ending]
    assert judged["extracted"].null_count() == judged.height
    assert not judged["shows_steps"].any()


def test_an_answer_line_is_judged_however_the_completion_ended(items) -> None:
    for columns in ({"finish_reason": "length"}, {"finish_reason": "stop", "reasoning": "<think>so</think>"}):
        assert verdicts(generations(items, pl.col("reference"), **columns), items)["verdict"].eq("correct").all()


def test_a_last_number_answers_only_a_completion_that_ended(items) -> None:
    numbers = items.filter(pl.col("answer_type") == "integer")
    said = pl.format("It comes to {}", "answer")
    assert verdicts(generations(numbers, said), items)["verdict"].unique().to_list() == ["correct"]
    cut = verdicts(generations(numbers, said, finish_reason="length"), items)
    assert cut["verdict"].unique().to_list() == ["truncated"]


def test_every_reading_is_judged(items) -> None:
    both = pl.concat(
        [generations(items, pl.col("reference")), generations(items, pl.lit(""), reading="other")], how="vertical"
    )
    judged = verdicts(both, items)
    shares = dict(judged.group_by("reading").agg((pl.col("verdict") == "correct").mean()).iter_rows())
    assert shares == {"fair": 1.0, "other": 0.0}
