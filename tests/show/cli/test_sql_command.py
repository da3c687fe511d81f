"""`skillprobe sql` answers, exports, and says what is wrong."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.engine.catalog import write_catalog
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol, current_protocol, record
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.prompts import TEMPLATE_RULES
from skillprobe_core.show.cli.main import app
from skillprobe_core.show.cli.sql_command import SHOWN


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    store = Store(tmp_path)
    items = build_item_set([kind_named("column_sum")], levels=(1,), per_level=1)
    item_set = items["item_set"][0]
    store.write(ITEMS, Partition.item_set(item_set), items, Provenance("v", "1"))
    protocol = Protocol(item_set, "0 shots", TEMPLATE_RULES["shared"], "{}", 256)
    record(store, protocol, "first", "0" * 16)
    for step in (0, 500):
        rows = [
            {
                "model": "run", "step": step, "item_set": "s", "item_id": f"i{n}", "sample": 0,
                "verdict": "correct" if n <= step / 100 else "wrong",
                "shows_steps": False, "extracted": "7", "rule": "boxed", "reading": "fair", "ending": "ended",
            }
            for n in range(10)
        ]  # fmt: skip
        store.write(
            VERDICTS, Partition.checkpoint("run", step, protocol.digest), pl.DataFrame(rows), Provenance("v", "1")
        )
    return store


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sql", *arguments], catch_exceptions=False)


QUERY = """
SELECT step, count(*) FILTER (verdict = 'correct') AS solved FROM verdicts
WHERE model = 'run' GROUP BY step ORDER BY step
"""


@pytest.mark.usefixtures("store")
def test_a_query_is_answered_as_a_table() -> None:
    lines = [line.split() for line in ask(QUERY).stdout.splitlines()]
    assert lines == [["step", "solved"], ["0", "1"], ["500", "6"]]


@pytest.mark.usefixtures("store")
def test_csv_goes_to_the_terminal_and_parquet_to_a_file(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(QUERY, "--format", "csv").stdout)))
    assert rows == [{"step": "0", "solved": "1"}, {"step": "500", "solved": "6"}]
    ask(QUERY, "--format", "parquet", "--out", str(tmp_path / "answer.parquet"))
    assert pl.read_parquet(tmp_path / "answer.parquet").rows() == [(0, 1), (500, 6)]
    with pytest.raises(SettingsError, match="--out"):
        ask(QUERY, "--format", "parquet")


@pytest.mark.usefixtures("store")
def test_a_table_of_many_rows_is_cut_and_a_file_is_not(tmp_path: Path) -> None:
    many = f"SELECT range AS number FROM range({SHOWN + 1})"
    shown = ask(many)
    assert shown.stdout.splitlines()[-1].startswith(f"... more rows than {SHOWN}")
    assert f"{SHOWN - 1}" in shown.stdout.splitlines()[-2]
    assert "more rows" not in ask(f"SELECT range AS number FROM range({SHOWN})").stdout
    written = ask(many, "--out", str(tmp_path / "all.csv"))
    assert written.stderr == f"{SHOWN + 1} rows in {tmp_path / 'all.csv'}\n"
    assert pl.read_csv(tmp_path / "all.csv").height == SHOWN + 1


def test_every_table_is_there_even_when_empty_and_every_column_is_explained() -> None:
    assert {line.strip() for line in ask("SHOW TABLES").stdout.splitlines()[1:]} == {
        "answers_so_far",
        *(table.name for table in all_tables()),
    }
    ask(" UNION ALL ".join(f"SELECT count(*) FROM (SELECT * FROM {table.name} LIMIT 1)" for table in all_tables()))
    silent = "SELECT count(*) AS n FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    assert ask(silent).stdout.split() == ["n", "0"]


@pytest.mark.usefixtures("store")
def test_markdown_holds_what_a_cell_may_hold(tmp_path: Path) -> None:
    query = "SELECT 'a|b' AS text, E'one\\ntwo' AS lines, 1.5 AS number"
    written = "| text | lines | number |\n| --- | --- | ---: |\n| a\\|b | one<br>two | 1.5 |\n"
    assert ask(query, "--format", "markdown").stdout == written
    ask(query, "--out", str(tmp_path / "answer.md"))
    assert (tmp_path / "answer.md").read_text() == written
    with pytest.raises(SettingsError, match="`table` cannot be written to a file"):
        ask(query, "--out", str(tmp_path / "answer.txt"))


@pytest.mark.usefixtures("store")
def test_named_queries_are_listed_and_answered() -> None:
    listed = ask("--list").stdout
    assert "forgotten_items MODEL [step=last]" in listed
    assert ask("--named", "trajectory", "model=run").stdout.split()[:2] == ["model", "step"]
    with pytest.raises(StoreError, match=r"no model named 'nun'[\s\S]*use one of: run"):
        ask("--named", "forgotten_items", "nun")
    with pytest.raises(StoreError, match=r"no stored row has the step '7'[\s\S]*use one of: 0, 500"):
        ask("--named", "forgotten_items", "run", "7")


def test_the_shell_opens_the_same_tables(store: Store) -> None:
    """The file that the shell starts from makes the same views, in any DuckDB."""
    file = write_catalog(store, all_tables(), current_protocol(store).protocol)
    with duckdb.connect() as connection:
        connection.execute(file.read_text())
        assert connection.sql("SELECT count(*) FROM verdicts").fetchall() == [(20,)]
        assert connection.sql("SELECT count(*) FROM all_protocols.verdicts").fetchall() == [(20,)]
    program = Path(sys.executable).with_name("duckdb")
    if not program.exists():
        pytest.skip("the DuckDB shell is not installed: pip install duckdb-cli")
    typed = "SELECT count(*) AS n FROM verdicts; SELECT comment FROM duckdb_views() WHERE view_name = 'verdicts';\n"
    program_text = "from skillprobe_core.show.cli.main import main; main()"
    command = [sys.executable, "-c", program_text, "sql", "--shell", "--unrestricted"]
    shown = subprocess.run(command, input=typed, capture_output=True, text=True, check=True, timeout=120)
    assert "20" in shown.stdout
    assert "reading: the verdict on the completion" in shown.stdout


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("where", ["model = 'nun'", "v.model IN ('run', 'nun')", "'nun' = model"])
def test_an_unknown_model_is_named(where: str) -> None:
    with pytest.raises(StoreError, match=r"no model named 'nun'[\s\S]*use one of: run"):
        ask(f"SELECT * FROM verdicts AS v WHERE {where}")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("query", "named"), [("SELEC 1", "SELEC"), ("SELECT * FROM verdict", "verdict does not exist")]
)
def test_refused_sql_is_explained(query: str, named: str) -> None:
    with pytest.raises(StoreError, match=named):
        ask(query)


def test_the_prompt_takes_statements_until_the_end_of_input(store: Store) -> None:
    typed = "SELECT 41 + 1\n  AS answer;\nSELECT nonsense;\nSELECT 7 AS lucky;\n"
    result = CliRunner().invoke(app, ["sql"], input=typed, catch_exceptions=False)
    assert "42" in result.stdout
    assert "lucky" in result.stdout
    assert "nonsense" in result.stderr


def test_a_file_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    new = tmp_path / "new" / "rows.csv"
    assert CliRunner().invoke(app, ["sql", "SELECT 1 AS a", "--out", str(new)]).exit_code == 0
    assert new.read_text() == "a\n1\n"
    (tmp_path / "file").touch()
    for name in ("rows.csv", "rows.md", "rows.parquet"):
        done = CliRunner().invoke(app, ["sql", "SELECT 1 AS a", "--out", str(tmp_path / "file" / name)])
        assert "cannot be written" in str(done.exception)


@pytest.mark.parametrize(
    "query",
    ["FROM read_text('{private}')", "COPY (SELECT 1) TO '{store}/verdicts/new.csv'", "SET lock_configuration = false"],
)
def test_a_query_reads_the_tables_alone_unless_it_is_trusted(store: Store, tmp_path_factory, query: str) -> None:
    private = tmp_path_factory.mktemp("elsewhere") / "private.txt"
    private.write_text("secret")
    query = query.format(private=private, store=store.root)
    for arguments in ([query], ["--format", "csv", query]):
        with pytest.raises(StoreError, match="--unrestricted"):
            ask(*arguments)
    typed = CliRunner().invoke(app, ["sql"], input=f"{query};\n", catch_exceptions=False)
    assert "--unrestricted" in typed.stderr
    assert "secret" not in typed.output
    assert not (store.root / "verdicts" / "new.csv").exists()
    assert ask("--unrestricted", query).exit_code == 0


def test_a_named_query_of_a_plugin_reads_the_tables_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "private.txt").write_text("secret")
    (tmp_path / "peek.sql").write_text(f"-- What does a file say?\nFROM read_text('{tmp_path}/private.txt')\n")
    command = [sys.executable, "-m", "skillprobe", "sql", "--named", "peek"]
    (store.root / "skillprobe.toml").write_text('plugins = ["peek.sql"]\n')
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "secret" in done.stdout) == (1, False)
    assert "--unrestricted" in done.stderr
    assert "secret" in subprocess.run([*command, "--unrestricted"], capture_output=True, text=True, check=True).stdout


@pytest.mark.usefixtures("store")
def test_the_shell_needs_the_flag_since_it_reaches_all_files() -> None:
    with pytest.raises(SettingsError, match="sql --shell --unrestricted"):
        ask("--shell")
