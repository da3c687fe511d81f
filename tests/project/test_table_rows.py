"""Rows of every kind of table: per checkpoint and protocol, per checkpoint, per protocol, and of an item set."""

from dataclasses import replace

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.study.study_subject import read_models
from skillprobe_core.measurements.table_registry import all_tables, table_named
from skillprobe_core.project.table_rows import read_table


def test_rows_of_a_checkpoint_are_those_of_its_file(study: Store) -> None:
    protocol = current_protocol(study)
    for name in ("verdicts", "checkpoints"):
        table = table_named(name)
        every = read_table(study, table, protocol)
        assert every.equals(read_models(study, protocol.protocol, table, ["planted-rl", "planted-sft"]))
        model, step = every.row(-1)[:2]
        some = read_table(study, table, protocol, model=model, step=step)
        assert some.equals(every.filter(model=model, step=step))
        assert some.height > 0


def test_another_protocol_has_no_rows_of_this_one(study: Store) -> None:
    other = replace(current_protocol(study), protocol="f" * 16)
    for table in all_tables():
        if table.by_protocol:
            assert read_table(study, table, other).is_empty(), table.name
    assert read_table(study, table_named("checkpoints"), other).height > 0


def test_items_are_those_of_the_protocol(study: Store) -> None:
    protocol = current_protocol(study)
    items = read_table(study, table_named("items"), protocol)
    assert items["item_set"].unique().to_list() == [protocol.item_set]


def test_values_that_no_row_has_are_errors(study: Store) -> None:
    protocol = current_protocol(study)
    with pytest.raises(StoreError, match=r"no rows of model 'nun'[\s\S]*planted-rl"):
        read_table(study, table_named("verdicts"), protocol, model="nun")
    with pytest.raises(StoreError, match="no column 'step'"):
        read_table(study, table_named("items"), protocol, step=1)
