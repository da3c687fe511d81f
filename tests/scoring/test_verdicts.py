import polars as pl
import pytest

from skillprobe_core.errors import StoreError
from skillprobe_core.items.registry import KINDS
from skillprobe_core.items.schema import Split
from skillprobe_core.items.splits import draw
from skillprobe_core.measurements.items import ITEMS
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.scoring.verdicts import verdicts


@pytest.fixture(scope="module")
def items() -> pl.DataFrame:
    drawn = {item.item_id: item for kind in KINDS for n in range(3) if (item := draw(kind, 1, Split.EVALUATION, 0, n))}
    return ITEMS.conform(pl.DataFrame([{"item_set": "set"} | item._asdict() for item in drawn.values()]))


def generations(items: pl.DataFrame, completion: pl.Expr) -> pl.DataFrame:
    return items.select(
        pl.lit("m").alias("model"),
        pl.lit(3, pl.Int64).alias("step"),
        "item_set",
        "item_id",
        pl.lit(0, pl.Int32).alias("sample"),
        completion.alias("completion"),
    )


def test_references_are_correct_and_silence_is_unparsed(items) -> None:
    right = verdicts(generations(items, pl.col("reference")), items)
    assert right.schema == VERDICTS.polars_schema
    assert right["verdict"].unique().to_list() == ["correct"]
    assert right["strict"].all()
    silent = verdicts(generations(items, pl.lit("")), items)
    assert silent["verdict"].unique().to_list() == ["unparsed"]
    assert silent["extracted"].null_count() == silent.height


def test_keeps_keys_and_order(items) -> None:
    asked = generations(items, pl.col("reference")).sample(fraction=1, shuffle=True, seed=4)
    keys = ["model", "step", "item_set", "item_id", "sample"]
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
