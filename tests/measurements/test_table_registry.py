"""Every declared table: its order, its words, and its presentation on real rows."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.presentation import Grid
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import PROTOCOL, Need, Table
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements import table_registry
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import (
    all_tables,
    in_order,
    study_tables,
    table_named,
    tables_of_checkpoints,
)

TABLES = pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.name)


def test_every_file_declares_the_table_of_its_name() -> None:
    folder = Path(table_registry.__file__).parent
    assert {file.stem for file in folder.rglob("*_table.py")} == {f"{table.name}_table" for table in all_tables()}


@TABLES
def test_a_table_follows_what_it_needs(table: Table) -> None:
    names = [each.name for each in all_tables()]
    for need in table.needs:
        if need.table is not None:
            assert names.index(need.table.name) < names.index(table.name)
            assert need.table is table_named(need.table.name)


@TABLES
def test_every_column_is_explained_and_keys_are_columns(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert all(column.meaning.strip() == column.meaning != "" for column in table.columns)
    assert not {column.name for column in table.columns if column.may_be_null} & set(table.key)
    assert table.about.startswith("One row per")


@TABLES
def test_every_table_but_the_recorded_ones_can_be_computed(table: Table) -> None:
    assert table.compute is not None or table.name == "protocols"
    assert table.version >= 1
    assert table.group is not None or table.asset_name in {"", *(each.name for each in all_tables())}


@TABLES
def test_a_frame_without_rows_fits(table: Table) -> None:
    empty = table.conform(pl.DataFrame(schema=table.polars_schema))
    assert empty.schema == table.polars_schema
    assert table.computed_schema.names() == [name for name in table.polars_schema if name != PROTOCOL.name]


STORED = (
    "checkpoints",
    "generations",
    "verdicts",
    "skill_scores",
    "profile_tests",
    "logit_divergence",
    "parameter_stats",
)


@pytest.mark.parametrize("name", STORED)
def test_the_headline_and_figure_of_planted_rows(name: str, study: Store) -> None:
    table, protocol = table_named(name), current_protocol(study).protocol
    rows = study.read(table, Partition.checkpoint("planted-sft", 300, protocol))
    assert table.headline is not None
    shown = table.headline(rows)
    assert shown
    for value in shown.values():
        assert isinstance(value, Grid | str | int | float | bool | Path) or value is None
        if isinstance(value, Grid):
            assert set(value.formats) <= set(value.frame.columns)
    assert table.figure is not None
    drawn = table.figure.draw(rows, study, protocol)
    assert drawn is not None
    assert drawn[0].startswith("<svg")


def test_names_of_tables_and_checks_are_unique() -> None:
    names = [table.name for table in all_tables()]
    assert len(set(names)) == len(names)
    checks = [check.name for table in all_tables() for check in table.checks]
    assert len(set(checks)) == len(checks)


def test_tables_are_of_checkpoints_or_of_studies() -> None:
    assert all(table.partitioned and not table.on_request for table in tables_of_checkpoints())
    assert all(not table.partitioned for table in study_tables())
    assert not set(tables_of_checkpoints()) & set(study_tables())


def test_an_unknown_table_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StoreError, match="unknown table 'nun'") as caught:
        table_named("nun")
    assert all(table.name in caught.value.remedy for table in all_tables())


def bare(name: str, *needs: Table) -> Table:
    wanted = tuple(Need(table.name, lambda _: {}, table) for table in needs)
    return Table(name=name, version=1, about="One row per x", key=(), columns=(), needs=wanted)


def test_tables_are_sorted_by_need_whatever_order_they_come_in() -> None:
    first = bare("z")
    second = bare("m", first)
    third = bare("a", second, first)
    for given in ((third, second, first), (first, third, second)):
        assert [table.name for table in in_order(given)] == ["z", "m", "a"]


def test_tables_that_need_each_other_are_a_bug() -> None:
    one = bare("one")
    other = bare("other", one)
    circular = dataclasses.replace(one, needs=(Need("other", lambda _: {}, other),))
    with pytest.raises(TypeError, match="in a circle: one, other"):
        in_order([circular, other])
