"""SQL of unknown origin reads the given folders and changes nothing outside the connection's memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from skillprobe_core.engine.sql_restrictions import check_reads_only, remedy_of, restrict
from skillprobe_core.engine.sql_text import literally, quoted
from skillprobe_core.errors import StoreError

# Places in a query: FOLDER may be read, PRIVATE is a file next to it, NEW a file that does not exist.
READS_OUTSIDE = [
    "FROM read_csv('PRIVATE')",
    "FROM 'PRIVATE'",
    "FROM read_text('PRIVATE')",
    "FROM read_blob('PRIVATE')",
    "FROM read_json_auto('PRIVATE')",
    "FROM sniff_csv('PRIVATE')",
    "FROM parquet_metadata('PRIVATE')",
    "FROM parquet_schema('PRIVATE')",
    "FROM read_text('FOLDER/../private.csv')",
    "FROM read_text('FOLDER/link.csv')",
    "FROM read_text('FOLDER/away/private.csv')",
    "FROM read_text(['FOLDER/notes.csv', 'PRIVATE'])",
    "FROM glob('/*')",
    "FROM glob('FOLDER/../*')",
    "FROM query('FROM read_text(''PRIVATE'')')",
    "FROM query_table('PRIVATE')",
    "SELECT (SELECT content FROM read_text('PRIVATE'))",
    "CREATE VIEW mine AS FROM read_text('PRIVATE')",
    "CREATE TABLE mine AS FROM read_text('PRIVATE')",
    "CREATE MACRO mine(file) AS TABLE FROM read_text(file); FROM mine('PRIVATE')",
    "WITH mine AS (FROM read_text('PRIVATE')) FROM mine",
    "EXPLAIN ANALYZE FROM read_text('PRIVATE')",
    "PIVOT (FROM read_text('PRIVATE')) ON size",
    "FROM read_csv('http://127.0.0.1:9/rows.csv')",
    "FROM 'https://127.0.0.1:9/rows.parquet'",
    "FROM 's3://bucket/rows.parquet'",
    "FROM read_text('/proc/self/environ')",
    "FROM duckdb_extensions()",
    "SELECT getenv('HOME')",
    "FROM frame_of_python",
]
WRITES_OR_LOADS = [
    "COPY (SELECT 1) TO 'NEW'",
    "COPY (SELECT 1) TO 'FOLDER/new.csv'",
    "COPY (PIVOT numbers ON number) TO 'FOLDER/new.csv'",
    "/* a comment */ COPY numbers TO 'FOLDER/new.csv'",
    "-- a comment\nCOPY numbers TO 'FOLDER/new.csv'",
    "SELECT 1; COPY numbers TO 'FOLDER/new.csv'",
    "EXPLAIN ANALYZE COPY numbers TO 'FOLDER/new.csv'",
    "EXPLAIN (ANALYZE, FORMAT JSON) COPY numbers TO 'FOLDER/new.csv'",
    "EXPLAIN /* a comment */ ANALYZE COPY numbers TO 'FOLDER/new.csv'",
    "EXPLAIN ANALYZE COPY (PIVOT numbers ON number) TO 'FOLDER/new.csv'",
    "PREPARE later AS COPY numbers TO 'FOLDER/new.csv'",
    "EXECUTE later",
    "COPY numbers FROM 'FOLDER/notes.csv'",
    "EXPORT DATABASE 'FOLDER/new'",
    "IMPORT DATABASE 'FOLDER'",
    "ATTACH 'FOLDER/new.db'",
    "ATTACH ':memory:' AS other",
    "DETACH memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD 'PRIVATE'",
    "PRAGMA enable_profiling",
    "CALL enable_logging(storage_path = 'NEW')",
    "CHECKPOINT",
    "VACUUM",
]
CHANGES_SETTINGS = [
    "SET enable_external_access = true",
    "SET GLOBAL allowed_directories = ['/']",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "SET python_enable_replacements = true",
    "SET temp_directory = 'NEW'",
    "SET profiling_output = 'NEW'",
    "SET log_query_path = 'NEW'",
    "FROM enable_logging(storage_path = 'NEW')",
    "CREATE PERSISTENT SECRET mine (TYPE http, BEARER_TOKEN 'x')",
]
READS = [
    "FROM numbers",
    "  ;  ",
    "SHOW TABLES",
    "DESCRIBE numbers",
    "SUMMARIZE numbers",
    "EXPLAIN SELECT * FROM numbers",
    "EXPLAIN ANALYZE SELECT * FROM numbers",
    "explain (format json) FROM numbers",
    "PIVOT numbers ON number",
    "WITH n AS (FROM numbers) SELECT count(*) FROM n",
    "CREATE TEMP TABLE mine AS FROM numbers; UPDATE mine SET number = 2; FROM mine",
    "CREATE VIEW half AS SELECT number / 2 AS half FROM numbers; FROM half",
    "SET VARIABLE wanted = 1; FROM numbers WHERE number = getvariable('wanted')",
    "FROM read_csv('FOLDER/notes.csv')",
    "SELECT 'COPY numbers TO x' AS text",
]


class Place:
    def __init__(self, root: Path) -> None:
        self.folder, self.private, self.new = root / "store [1]" / "numbers", root / "private.csv", root / "new"
        self.folder.mkdir(parents=True)
        self.private.write_text("word\nsecret\n")
        (self.folder / "notes.csv").write_text("word\nopen\n")
        (self.folder / "link.csv").symlink_to(self.private)
        (self.folder / "away").symlink_to(root)
        file = self.folder / "part.parquet"
        duckdb.sql(f"COPY (SELECT 1 AS number UNION SELECT 2) TO {quoted(str(file))}")
        self.root = root

    def opened(self, folder: Path | None = None) -> duckdb.DuckDBPyConnection:
        folder = folder or self.folder
        connection = duckdb.connect()
        pattern = quoted(f"{literally(str(folder))}/*.parquet")
        connection.execute(f"CREATE VIEW numbers AS FROM read_parquet({pattern})")
        restrict(connection, [folder])
        return connection

    def query(self, text: str) -> str:
        names = {"FOLDER": self.folder, "PRIVATE": self.private, "NEW": self.new}
        for name, path in names.items():
            text = text.replace(name, str(path))
        return text

    def files(self) -> dict[str, bytes | None]:
        found = sorted(path for path in self.root.rglob("*") if not path.is_symlink())
        return {str(path): path.read_bytes() if path.is_file() else None for path in found}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def connection(place: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    with place.opened() as opened:
        yield opened


@pytest.mark.parametrize("query", READS_OUTSIDE)
def test_nothing_outside_the_folders_is_read(place: Place, connection: duckdb.DuckDBPyConnection, query: str) -> None:
    import polars as pl

    frame_of_python = pl.DataFrame({"word": ["secret"]})
    before = place.files()
    check_reads_only(connection, place.query(query))
    with pytest.raises(duckdb.Error):
        connection.sql(place.query(query)).fetchall()
    assert place.files() == before
    assert frame_of_python.height == 1


@pytest.mark.parametrize("query", WRITES_OR_LOADS)
def test_statements_that_write_or_load_are_refused_before_they_run(
    place: Place, connection: duckdb.DuckDBPyConnection, query: str
) -> None:
    with pytest.raises(StoreError, match="--unrestricted"):
        check_reads_only(connection, place.query(query))


@pytest.mark.parametrize("query", CHANGES_SETTINGS)
def test_the_settings_stay(place: Place, connection: duckdb.DuckDBPyConnection, query: str) -> None:
    before = place.files()
    with pytest.raises(duckdb.Error):
        connection.execute(place.query(query))
    with pytest.raises(duckdb.Error):
        connection.execute(place.query("FROM read_text('PRIVATE')"))
    assert place.files() == before


@pytest.mark.parametrize("query", READS)
def test_queries_of_the_tables_run(place: Place, connection: duckdb.DuckDBPyConnection, query: str) -> None:
    check_reads_only(connection, place.query(query))
    connection.execute(place.query(query))


def test_a_view_keeps_its_files_however_the_folder_is_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.root)
    (place.root / "linked").symlink_to(place.folder.parent)
    for folder in ("store [1]/numbers", "./store [1]/numbers", "linked/numbers", str(place.root / "linked/numbers")):
        with place.opened(Path(folder)) as connection:
            assert connection.sql("SELECT sum(number) FROM numbers").fetchall() == [(3,)]


def test_a_part_written_later_is_read(place: Place, connection: duckdb.DuckDBPyConnection) -> None:
    duckdb.sql(f"COPY (SELECT 7 AS number) TO {quoted(str(place.folder / 'later.parquet'))}")
    assert connection.sql("SELECT sum(number) FROM numbers").fetchall() == [(10,)]


def test_the_usual_folder_of_large_queries_is_not_readable(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.root)
    (place.root / ".tmp").mkdir()
    (place.root / ".tmp" / "notes.csv").write_text("word\nsecret\n")
    with place.opened() as connection, pytest.raises(duckdb.PermissionException):
        connection.execute("FROM read_text('.tmp/notes.csv')")


@pytest.mark.parametrize("text", ["SELEC 1", "SELECT '\udcff'", "COPY '\udcff' TO 'NEW'", "COPY numbers TO"])
def test_what_cannot_be_parsed_does_not_run_either(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    check_reads_only(connection, text)
    with pytest.raises((duckdb.Error, UnicodeEncodeError, TypeError)):
        connection.sql(text)


def test_the_remedy_depends_on_the_cause(place: Place, connection: duckdb.DuckDBPyConnection) -> None:
    remedies = {}
    for query in ("FROM read_text('PRIVATE')", "SET threads = 1", "FROM nowhere"):
        with pytest.raises(duckdb.Error) as raised:
            connection.execute(place.query(query))
        remedies[query] = remedy_of(raised.value)
    assert ["--unrestricted" in remedy for remedy in remedies.values()] == [True, True, False]


def test_the_attacks_work_without_the_restrictions(place: Place) -> None:
    """So the tests above refuse what would succeed, and nothing that fails for another reason."""
    works = ["FROM read_csv('PRIVATE')", "FROM read_text('FOLDER/link.csv')", "FROM glob('/*')"]
    works += ["COPY (SELECT 1) TO 'NEW'", "EXPLAIN ANALYZE COPY (SELECT 1) TO 'NEW'", "ATTACH ':memory:' AS other"]
    with duckdb.connect() as connection:
        for query in works:
            connection.execute(place.query(query))
    assert os.path.exists(place.new)
