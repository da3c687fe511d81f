"""The columns of an item are its fields, and each has a place in the digest of a set."""

from skillprobe_core.benchmark.item_columns import ITEM_COLUMNS, ITEM_SCHEMA
from skillprobe_core.benchmark.item_schema import Item
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND


def test_an_item_set_has_a_column_per_field_of_an_item() -> None:
    assert set(ITEM_SCHEMA) == {"item_set", *Item._fields}
    assert build_item_set([KIND], levels=(1,), per_level=2).schema == ITEM_SCHEMA


def test_only_a_tolerance_may_be_missing_from_every_item() -> None:
    assert [column.name for column in ITEM_COLUMNS if column.may_be_null] == ["tolerance"]
    assert build_item_set([KIND], levels=(1,), per_level=2)["tolerance"].null_count() == 2
