"""Files that an SQL query must not count."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from skillprobe_core.engine.catalog import connect, query
from skillprobe_core.engine.sql_parts import check_parts, of_damaged_file
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from skillprobe_core.errors import StoreError

NORMS = Table(
    name="norms", version=3, about="Norms", key=("model", "step"),
    columns=(*CHECKPOINT_KEYS, Column("norm", pl.Float64, "Norm")),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "it's [a] *")
    for step in range(5):
        frame = pl.DataFrame({"model": "m", "step": [step], "norm": 1.0})
        store.write(NORMS, Partition.checkpoint("m", step), frame, Provenance("v", "1"))
    return store


def part(store: Store, step: int) -> Path:
    return store.path(NORMS, Partition.checkpoint("m", step))


def test_a_table_of_own_files_is_counted(store: Store) -> None:
    assert query(connect(store, [NORMS], None), "SELECT count(*) FROM all_protocols.norms", models={"m"}).item() == 5


def test_a_foreign_file_is_named_wherever_it_lies(store: Store) -> None:
    for step in (0, 4, 7):
        path = part(store, step)
        path.parent.mkdir(exist_ok=True)
        kept = path.read_bytes() if path.exists() else None
        pl.DataFrame({"model": "m", "step": [step], "norm": 1.0}).write_parquet(path)
        with pytest.raises(StoreError, match="not written by skillprobe") as caught:
            connect(store, [NORMS], None)
        assert caught.value.path == str(path)
        if kept is None:
            path.unlink()
        else:
            path.write_bytes(kept)
    connect(store, [NORMS], None)


def test_files_of_a_later_version_or_another_table_are_refused_and_earlier_ones_are_not(store: Store) -> None:
    pattern = f"{store.root.parent}/*/norms/*/*/part.parquet"
    connection = duckdb.connect()
    fields = {name: getattr(NORMS, name) for name in NORMS.__dataclass_fields__}
    check_parts(connection, Table(**{**fields, "version": 4}), pattern)
    for changes in ({"version": 2}, {"name": "other"}):
        with pytest.raises(StoreError, match=r"not one of this version.*: it has version . of table 'norms'"):
            check_parts(connection, Table(**{**fields, **changes}), pattern)


def test_a_file_that_is_damaged_after_the_tables_were_opened_is_not_blamed_on_the_query(store: Store) -> None:
    connection = connect(store, [NORMS], None)
    shutil.copy(part(store, 0), store.root / "kept")
    part(store, 2).write_bytes(b"PAR1" + bytes(500) + b"PAR1")
    with pytest.raises(StoreError, match="a file of the store is damaged") as caught:
        query(connection, "SELECT sum(norm) FROM all_protocols.norms", models={"m"})
    assert "store check" in caught.value.remedy


@pytest.mark.parametrize("sql", ["SELECT nothing", "SELEC 1", "SELECT error('x')", "SELECT 'a'::INTEGER"])
def test_a_wrong_query_is_not_blamed_on_the_store(sql: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        duckdb.sql(sql).fetchall()
    assert of_damaged_file(caught.value) is None


def test_a_refused_address_is_not_blamed_on_the_store() -> None:
    connection = duckdb.connect(config={"enable_external_access": False})
    with pytest.raises(duckdb.PermissionException, match="parquet") as caught:
        connection.execute("FROM 'http://127.0.0.1:1/rows.parquet'")
    assert of_damaged_file(caught.value) is None
