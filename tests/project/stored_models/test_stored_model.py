"""The listing of a stored model counts what lies in the store."""

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.project.name_claims import claims_file
from skillprobe_core.project.stored_models.stored_model import size_of, stored_model, stored_models

from .contents import shown


def test_a_model_is_counted_as_sql_counts_it(store: Store) -> None:
    found = stored_model(store, "planted-sft")
    assert found.steps == (0, 100, 200, 300)
    assert found.protocols == (current_protocol(store).protocol,)
    assert {path.parts[-3] for path in found.studies} == {table.name for table in study_tables()}
    counted = {name: frame.filter(model="planted-sft").height for name, frame in shown(store).items()
               if "model" in frame.columns and name not in {table.name for table in study_tables()}}  # fmt: skip
    assert {table.name: table.rows for table in found.tables} == {name: rows for name, rows in counted.items() if rows}
    for table in found.tables:
        assert table.bytes == size_of([store.root / table.name / "model=planted-sft"])


def test_a_step_is_counted_alone(store: Store) -> None:
    whole, one = (stored_model(store, "planted-sft", step) for step in (None, 200))
    assert one.steps == (200,)
    assert {table.name for table in one.tables} == {table.name for table in whole.tables}
    assert all(len(table.files) == 1 for table in one.tables)
    assert one.studies == whole.studies


def test_a_study_without_the_model_is_not_touched(store: Store) -> None:
    for table in study_tables():
        assert any((store.root / table.name).iterdir())
    claims_file(store, "claimed").write_text("{}")
    assert stored_models(store) == ["claimed", "planted-rl", "planted-sft"]
    assert not stored_model(store, "claimed").studies
    assert not stored_model(store, "claimed").tables


def test_a_damaged_file_is_named(store: Store) -> None:
    file = next(store.root.glob("verdicts/model=planted-sft/step=0/*.parquet"))
    file.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=file.name):
        stored_model(store, "planted-sft")
