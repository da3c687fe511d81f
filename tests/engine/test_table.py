"""A table's declaration: which frames fit it, which versions it reads, and what of it is per protocol."""

from dataclasses import replace

import polars as pl
import pytest

from skillprobe_core.engine.table import CHECKPOINT_KEYS, PROTOCOL, Column, Table
from skillprobe_core.errors import StoreError

COUNTS = Table(
    name="counts",
    version=3,
    about="One row per word",
    key=("word",),
    columns=(
        Column("word", pl.String, "The word"),
        Column("count", pl.Int16, "How often it occurs", "times"),
        Column("places", pl.List(pl.Int32), "Where", may_be_null="it occurs nowhere"),
    ),
    partitioned=False,
)
PER_PROTOCOL = replace(COUNTS, columns=(*COUNTS.columns, PROTOCOL), key=("word", "protocol"))


def frame(**changes: object) -> pl.DataFrame:
    return pl.DataFrame([{"word": "a", "count": 2, "places": [1, 2]} | changes])


def test_a_frame_is_ordered_and_cast() -> None:
    fitted = COUNTS.conform(frame(count=2.0).select("places", "count", "word"))
    assert fitted.schema == COUNTS.polars_schema
    assert fitted.rows() == [("a", 2, [1, 2])]


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (frame().drop("count"), r"missing columns \['count'\]"),
        (frame(more=1), r"unknown columns \['more'\]"),
        (frame(count=70_000), "does not fit"),
        (frame(count="many"), "does not fit"),
        (pl.concat([frame(), frame(count=3)]), "same key"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(wrong: pl.DataFrame, cause: str) -> None:
    with pytest.raises(StoreError, match=f"table 'counts'.*{cause}"):
        COUNTS.conform(wrong)


def test_the_protocol_may_be_missing_where_the_store_adds_it() -> None:
    assert PER_PROTOCOL.by_protocol
    assert not COUNTS.by_protocol
    assert PER_PROTOCOL.conform(frame()).schema == PER_PROTOCOL.computed_schema == COUNTS.polars_schema
    assert PER_PROTOCOL.conform(frame(protocol="p")).schema == PER_PROTOCOL.polars_schema
    with pytest.raises(StoreError, match=r"unknown columns \['protocol'\]"):
        COUNTS.conform(frame(protocol="p"))


def test_the_same_key_under_two_protocols_is_two_rows() -> None:
    both = pl.concat([frame(protocol="p"), frame(protocol="q")])
    assert PER_PROTOCOL.conform(both).height == 2


@pytest.mark.parametrize(("since", "read"), [(None, {3}), (1, {1, 2, 3}), (3, {3})])
def test_the_versions_that_are_read(since: int | None, read: set[int]) -> None:
    table = replace(COUNTS, readable_since=since)
    assert {version for version in (None, 0, 1, 2, 3, 4) if table.reads(version)} == read


def test_a_column_is_always_filled_unless_it_states_when_it_is_null() -> None:
    assert COUNTS.always_filled == {"word", "count"}


def test_an_asset_has_the_tables_name_unless_it_stands_for_several() -> None:
    assert COUNTS.asset_name == "counts"
    assert replace(COUNTS, asset="words").asset_name == "words"
    assert replace(COUNTS, asset="").asset_name == ""


def test_the_keys_of_a_checkpoint_come_first_in_every_table_of_checkpoints() -> None:
    from skillprobe_core.measurements.table_registry import all_tables

    for table in all_tables():
        if table.partitioned:
            assert table.columns[:2] == CHECKPOINT_KEYS, table.name
