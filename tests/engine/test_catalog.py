"""SQL over the store: one view per table and protocol, read when it is queried, in any DuckDB."""

from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from skillprobe_core.engine.catalog import ALL_PROTOCOLS, LazyViews, connect, query, write_catalog
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.errors import StoreError

FROM = Provenance("v", "1")
ONE, OTHER = "1" * 16, "2" * 16
PLACE = pl.Struct({"line": pl.Int32, "of": pl.List(pl.String)})
ANSWERS = Table(
    name="answers",
    version=1,
    about="One row per answer; it's quoted",
    key=("model", "step", "protocol", "item"),
    columns=(
        *PROTOCOL_KEYS,
        Column("item", pl.String, "The item"),
        Column("length", pl.Int32, "Length of the model's answer", "characters"),
        Column("places", pl.List(PLACE), "Places", may_be_null="there is none"),
    ),
)
WEIGHTS = Table(
    name="weights",
    version=1,
    about="One row per checkpoint",
    key=("model", "step"),
    columns=(*CHECKPOINT_KEYS, Column("norm", pl.Float64, "Norm")),
)
TABLES = (ANSWERS, WEIGHTS)


def answers(step: int, lengths: list[int]) -> pl.DataFrame:
    rows = [
        {"item": f"i{n}", "length": length, "places": [{"line": n, "of": ["a"]}]} for n, length in enumerate(lengths)
    ]
    return pl.DataFrame(rows).with_columns(model=pl.lit("run"), step=pl.lit(step))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in a folder whose name DuckDB could take for a pattern."""
    store = Store(tmp_path / "it's [a] *")
    for step, protocol, lengths in ((0, ONE, [3, 4]), (10, ONE, [5]), (0, OTHER, [9])):
        store.write(ANSWERS, Partition.checkpoint("run", step, protocol), answers(step, lengths), FROM)
    rows = pl.DataFrame({"model": "run", "step": [0], "norm": [1.5]})
    store.write(WEIGHTS, Partition.checkpoint("run", 0), rows, FROM)
    return store


def test_a_view_shows_one_protocol_and_a_schema_shows_all(store: Store) -> None:
    connection = connect(store, TABLES, ONE)
    assert connection.sql("SELECT sum(length) FROM answers").fetchall() == [(12,)]
    assert connection.sql(f"SELECT sum(length) FROM {ALL_PROTOCOLS}.answers").fetchall() == [(21,)]
    assert connect(store, TABLES, OTHER).sql("SELECT item, length FROM answers").fetchall() == [("i0", 9)]
    assert connection.sql("SELECT norm FROM weights").fetchall() == [(1.5,)]
    assert connection.sql("SELECT places[1].line, places[1].of FROM answers WHERE step = 10").fetchall() == [(0, ["a"])]


def test_files_are_read_when_a_view_is_queried(store: Store) -> None:
    connection = connect(store, TABLES, ONE)
    store.write(ANSWERS, Partition.checkpoint("run", 20, ONE), answers(20, [100]), FROM)
    assert connection.sql("SELECT max(length) FROM answers").fetchall() == [(100,)]


@pytest.mark.parametrize("protocol", [None, "3" * 16])
def test_a_table_without_files_has_its_columns_and_no_rows(protocol: str | None, tmp_path: Path) -> None:
    connection = connect(Store(tmp_path), TABLES, protocol)
    for name in ("answers", f"{ALL_PROTOCOLS}.answers"):
        empty = connection.sql(f"SELECT * FROM {name}").pl()
        assert empty.schema == ANSWERS.polars_schema
        assert empty.is_empty()


def test_every_view_and_column_carries_its_meaning(store: Store) -> None:
    connection = connect(store, TABLES, ONE)
    comments = dict(
        connection.sql("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'answers'").fetchall()
    )
    assert comments["length"] == "Length of the model's answer (characters)"
    assert comments["item"] == "The item"
    about = connection.sql("SELECT DISTINCT comment FROM duckdb_views() WHERE view_name = 'answers'").fetchall()
    assert about == [(ANSWERS.about,)]


def test_the_written_catalog_makes_the_same_views(store: Store) -> None:
    file = write_catalog(store, TABLES, ONE)
    assert [path.name for path in file.parent.iterdir()] == ["catalog.sql"]
    with duckdb.connect() as connection:
        connection.execute(file.read_text())
        assert connection.sql("SELECT sum(length) FROM answers").fetchall() == [(12,)]


def test_columns_that_files_of_an_earlier_version_lack_are_null(store: Store) -> None:
    before = replace(ANSWERS, name="verdicts", columns=ANSWERS.columns[:-1])
    path = store.root / "verdicts/model=run/step=0/part.parquet"
    path.parent.mkdir(parents=True)
    answers(0, [3]).drop("places").with_columns(protocol=pl.lit(ONE)).write_parquet(path)
    assert store.written_before_protocols()
    store.write(before, Partition.checkpoint("run", 0, ONE), answers(0, [3]).drop("places"), FROM)
    now = replace(before, columns=ANSWERS.columns)
    assert connect(store, [now], ONE).sql("SELECT length, places FROM verdicts").fetchall() == [(3, None)]


def test_a_damaged_file_is_named_with_its_table(store: Store) -> None:
    path = store.path(ANSWERS, Partition.checkpoint("run", 0, ONE))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match="table 'answers' are damaged") as caught:
        connect(store, TABLES, ONE)
    assert caught.value.path == str(store.root / "answers")


def test_values_are_given_by_name(store: Store) -> None:
    connection = connect(store, TABLES, ONE)
    rows = query(
        connection,
        "SELECT item FROM answers WHERE model = $model AND length > $least ORDER BY item",
        models={"run"},
        values={"model": "run", "least": "3"},
    )
    assert rows["item"].to_list() == ["i0", "i1"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM answers WHERE model = 'nun'",
        "SELECT * FROM answers AS a WHERE a.model IN ('run', 'nun')",
        "SELECT * FROM (SELECT * FROM answers WHERE 'nun' = model)",
        "SELECT * FROM answers JOIN weights ON weights.model = 'nun'",
    ],
)
def test_a_model_that_is_not_stored_is_named(sql: str, store: Store) -> None:
    with pytest.raises(StoreError, match="no model named 'nun'") as caught:
        query(connect(store, TABLES, ONE), sql, models={"run"})
    assert caught.value.remedy == "use one of: run"


def test_a_text_compared_with_another_column_is_not_a_model(store: Store) -> None:
    rows = query(connect(store, TABLES, ONE), "SELECT * FROM answers WHERE item = 'nun'", models={"run"})
    assert rows.is_empty()


def test_a_statement_without_rows_gives_an_empty_frame(store: Store) -> None:
    assert query(connect(store, TABLES, ONE), "CREATE TEMP TABLE t (a INT)", models={"run"}).is_empty()


def test_sql_that_duckdb_rejects_is_quoted(store: Store) -> None:
    with pytest.raises(StoreError, match=r"DuckDB rejects the query.*nowhere"):
        query(connect(store, TABLES, ONE), "SELECT * FROM nowhere", models={"run"})


@pytest.fixture
def damaged(store: Store) -> Store:
    """A store in which only the answers of one model can be read, so that a look at any other file is an error."""
    rows = answers(0, [7, 8]).with_columns(model=pl.lit("other"))
    store.write(ANSWERS, Partition.checkpoint("other", 0, ONE), rows, FROM)
    for file in store.root.rglob("*.parquet"):
        if "model=other" not in file.parts or "answers" not in file.parts:
            file.write_bytes(b"damaged")
    return store


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1 AS one", [(1,)]),
        ("SELECT sum(length) FROM answers WHERE model = 'other'", [(15,)]),
        ("SELECT sum(length) FROM all_protocols.answers WHERE model = 'other' AND step = 0", [(15,)]),
        ("SELECT count(*) FROM answers WHERE model = 'nobody'", [(0,)]),
    ],
)
def test_a_statement_opens_the_files_of_its_tables_and_models_alone(damaged: Store, sql: str, expected: list) -> None:
    views = LazyViews(damaged, TABLES, ONE)
    views.read_for(sql, alone=True)
    assert query(views.connection, sql, models={"run", "other", "nobody"}).rows() == expected


@pytest.mark.parametrize("sql", ["SELECT * FROM weights", "SELECT count(*) FROM answers WHERE step = 0"])
def test_damaged_files_of_a_table_that_is_read_are_an_error(damaged: Store, sql: str) -> None:
    with pytest.raises(StoreError, match="are damaged or from another version"):
        LazyViews(damaged, TABLES, ONE).read_for(sql, alone=True)


def test_lazy_views_answer_like_those_that_read_everything(store: Store) -> None:
    """One connection after the other statement, as at a prompt: a view of the user's keeps all rows of its tables."""
    lazy, every = LazyViews(store, TABLES, ONE), connect(store, TABLES, ONE)
    for sql in (
        "SHOW TABLES",
        "DESCRIBE answers",
        "SELECT * FROM answers ORDER BY ALL",
        f"SELECT * FROM {ALL_PROTOCOLS}.answers ORDER BY ALL",
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL ORDER BY ALL",
        "CREATE VIEW mine AS SELECT norm, model FROM weights",
        "SELECT * FROM mine",
        "SELECT * FROM query_table('ans' || 'wers') ORDER BY ALL",
        "SELECT norm FROM weights WHERE model = 'run'",
    ):
        lazy.read_for(sql)
        assert query(lazy.connection, sql, models={"run"}).equals(query(every, sql, models={"run"})), sql
