"""Columns under their former names, in files and in queries."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from skillprobe_core.engine.catalog import connect, query, write_catalog
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from skillprobe_core.errors import StoreError

SPEED = Table(
    name="speed",
    version=1,
    about="One row per checkpoint and colour",
    key=("model", "step", "colour"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("colour", pl.String, "Its colour", formerly="color"),
        Column("pace", pl.Float64, "Its pace", "m/s", formerly="velocity"),
    ),
)
WEIGHT = Table(
    name="weight",
    version=1,
    about="One row per checkpoint",
    key=("model", "step"),
    columns=(*CHECKPOINT_KEYS, Column("color", pl.String, "Its colour, under this name in every release")),
)
MODELS = {"run"}


def write(store: Store, step: int, *, formerly: bool) -> None:
    """One file of two rows, with the names of this release or of the previous one."""
    frame = pl.DataFrame({"model": "run", "step": step, "colour": ["red", "blue"], "pace": [step + 0.5, 1.0]})
    path = store.write(SPEED, Partition.checkpoint("run", step), frame, Provenance(f"v{step}", "1", {"a": "b"}))
    if formerly:
        table = pq.read_table(path, partitioning=None)
        named = table.rename_columns({"colour": "color", "pace": "velocity"})
        pq.write_table(named.replace_schema_metadata(table.schema.metadata), path)


@pytest.fixture(params=["former", "present", "both"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    store = Store(tmp_path)
    write(store, 1, formerly=request.param != "present")
    write(store, 2, formerly=request.param == "former")
    frame = pl.DataFrame({"model": ["run"], "step": [1], "color": ["green"]})
    store.write(WEIGHT, Partition.checkpoint("run", 1), frame, Provenance("v", "1"))
    return store


@pytest.fixture
def connection(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(store, [SPEED, WEIGHT], None) as connection:
        yield connection


def test_files_are_read_under_present_names_with_their_provenance(store: Store) -> None:
    for step in (1, 2):
        part = Partition.checkpoint("run", step)
        assert store.read(SPEED, part).rows() == [("run", step, "red", step + 0.5), ("run", step, "blue", 1.0)]
        assert store.provenance(SPEED, part) == Provenance(f"v{step}", "1", {"a": "b"}, 1)


def test_a_view_shows_the_present_names_alone(connection: duckdb.DuckDBPyConnection) -> None:
    for view in ("speed", "all_protocols.speed"):
        found = connection.sql(f"FROM {view} ORDER BY step, pace").pl()
        assert found.columns == ["model", "step", "colour", "pace"]


def test_all_files_are_read_together(store: Store) -> None:
    with connect(store, [SPEED, WEIGHT], None) as connection:
        found = connection.sql("SELECT step, colour, pace FROM all_protocols.speed ORDER BY ALL").fetchall()
    assert found == [(1, "blue", 1.0), (1, "red", 1.5), (2, "blue", 1.0), (2, "red", 2.5)]


def test_the_shell_of_duckdb_reads_them_and_its_comments_give_the_former_name(store: Store) -> None:
    with duckdb.connect() as connection:
        connection.execute(write_catalog(store, [SPEED, WEIGHT], None).read_text())
        assert connection.sql("SELECT sum(pace) FROM all_protocols.speed").fetchall() == [(6.0,)]
        comments = (
            "SELECT comment FROM duckdb_columns() WHERE schema_name = 'main' AND column_name IN ('colour', 'pace')"
        )
        assert set(connection.sql(comments).fetchall()) == {
            ("Its colour; formerly color",),
            ("Its pace (m/s); formerly velocity",),
        }


ANSWERED = [
    ("SELECT color FROM all_protocols.speed WHERE step = 1", ["color"], {"color": "colour"}),
    ("SELECT * FROM all_protocols.speed WHERE color = 'red'", ["model", "step", "color", "pace"], {"color": "colour"}),
    ("FROM all_protocols.speed WHERE color = 'red' AND velocity > 1",
     ["model", "step", "color", "velocity"], {"color": "colour", "velocity": "pace"}),
    ("SELECT s.color FROM all_protocols.speed AS s", ["color"], {"color": "colour"}),
    ("SELECT a.step FROM all_protocols.speed a JOIN all_protocols.speed b USING (color)", ["step"],
     {"color": "colour"}),
    ("SELECT * EXCLUDE (color) FROM all_protocols.speed", ["model", "step", "pace"], {"color": "colour"}),
    ("SELECT color, max(pace) AS most FROM all_protocols.speed GROUP BY color", ["color", "most"],
     {"color": "colour"}),
    ("WITH few AS (SELECT color FROM all_protocols.speed) SELECT count(*) AS n FROM few", ["n"],
     {"color": "colour"}),
    ("DESCRIBE SELECT color FROM all_protocols.speed", ["column_name"], {"color": "colour"}),
    ("SELECT w.color, s.color AS of_speed FROM all_protocols.weight w JOIN all_protocols.speed s USING (step)",
     ["color", "of_speed"], {"color": "colour"}),
    # In this table it is the present name, so there is nothing to note.
    ("SELECT color FROM all_protocols.weight", ["color"], {}),
    ("SELECT colour FROM all_protocols.speed", ["colour"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "columns", "noted"), ANSWERED)
def test_a_query_with_former_names_is_answered_as_before_and_noted(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    columns: list[str],
    noted: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = query(connection, sql, models=MODELS)
    assert found.height > 0
    assert found.columns[: len(columns)] == columns
    notes = [
        f"note: the column `{old}` is now `{new}`; the next release drops the old name" for old, new in noted.items()
    ]
    assert capsys.readouterr().err.splitlines() == notes
    # The views are as they were.
    assert query(connection, "FROM all_protocols.speed", models=MODELS).columns == ["model", "step", "colour", "pace"]
    assert query(connection, "SHOW TABLES", models=MODELS)["name"].to_list() == ["speed", "weight"]
    assert capsys.readouterr().err == ""


def test_values_of_a_query_stay_with_it(connection: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT step FROM all_protocols.speed WHERE color = $wanted ORDER BY step"
    assert query(connection, sql, models=MODELS, values={"wanted": "red"})["step"].to_list() == [1, 2]


def test_a_view_of_ones_own_may_be_made_of_former_names(connection: duckdb.DuckDBPyConnection) -> None:
    query(connection, "CREATE VIEW mine AS SELECT color FROM all_protocols.speed", models=MODELS)
    assert query(connection, "SELECT count(*) AS n FROM mine", models=MODELS).item() == 4


def test_a_query_with_both_names_is_refused_with_the_one_to_write(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StoreError, match="both `colour` and, as before, `color`") as refused:
        query(connection, "SELECT colour FROM all_protocols.speed WHERE color = 'red'", models=MODELS)
    assert refused.value.remedy == "write `colour` everywhere"
    assert query(connection, "SELECT colour FROM all_protocols.speed", models=MODELS).height == 4


@pytest.mark.parametrize(
    "sql", ["SELECT smell FROM speed", "SELECT velocity FROM weight", "SELECT color, smell FROM speed"]
)
def test_the_first_error_of_a_query_stays(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(duckdb.Error) as alone:
        connection.sql(sql)
    with pytest.raises(StoreError) as refused:
        query(connection, sql, models=MODELS)
    assert str(alone.value).splitlines()[0] in refused.value.cause
    assert query(connection, "FROM speed", models=MODELS).columns == ["model", "step", "colour", "pace"]
