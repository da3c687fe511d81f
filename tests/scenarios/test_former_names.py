"""A store of the previous release, whose columns had other names: everything is read, and nothing is computed again."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.divergence.token_divergence_table import TOKEN_DIVERGENCE
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.project.noise_of_checkpoint import noise_floor
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.show.cli.main import app

# As the previous release wrote them.
FORMER = {
    "logit_divergence": {"text": "text_source"},
    "token_divergence": {"text": "text_source"},
    "representation_shift": {"text": "text_source"},
    "parameter_stats": {"compared_with": "reference", "compared_step": "reference_step"},
    "noise_floor": {"baseline_backend": "reference_backend"},
    "verdicts": {"shows_steps": "strict"},
    "skill_scores": {"shows_steps_rate": "strict_accuracy"},
}
SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "grid_walk"]
[sampling]
max_new_tokens = 4
[divergence]
sources = ["reference", "own"]
tokens = true
[[runs]]
folder = "{run}"
base = "{base}"
model = "tiny"
method = "sft"
"""


def contents(home: Path) -> dict[Path, bytes]:
    files = (file for table in all_tables() for file in (home / table.name).rglob("*.parquet"))
    return {file.relative_to(home): file.read_bytes() for file in files}


def rename(home: Path, table: str, step: str = "*") -> None:
    """Rewrite the files of a table as the previous release named its columns; the footer stays."""
    files = list((home / table).glob(f"*/step={step}/*.parquet"))
    assert files
    for file in files:
        stored = pq.read_table(file, partitioning=None)
        named = stored.rename_columns([FORMER[table].get(name, name) for name in stored.column_names])
        pq.write_table(named.replace_schema_metadata(stored.schema.metadata), file)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, tiny_run: Path) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("former")
    (home / "skillprobe.toml").write_text(SETTINGS.format(run=tiny_run, base=tiny_base))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKILLPROBE_HOME", str(home))
        project = Project.open()
        for key in ("tiny/10", "tiny/20"):
            run_tables(project.probe(key))
        noise_floor(project.probe("tiny/20"))
        for table in FORMER:
            rename(home, table)
        yield home


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_every_renamed_column_declares_its_former_name() -> None:
    declared = {
        table.name: {column.name: column.formerly for column in table.columns if column.formerly}
        for table in all_tables()
    }
    assert {name: names for name, names in declared.items() if names} == FORMER


def test_nothing_is_computed_again(written: Path) -> None:
    before = contents(written)
    project = Project.open()
    results = [result for key in ("tiny/10", "tiny@20") for result in run_tables(project.probe(key))]
    assert {result.table for result in results} >= FORMER.keys() - {"noise_floor"}
    assert all(result.reused for result in results)
    frame, reused = noise_floor(project.probe("tiny@20"))
    assert reused
    assert frame.columns == list(NOISE_FLOOR.polars_schema)
    assert contents(written) == before


def test_names_inside_data_versions_stay(written: Path) -> None:
    """Another name of an input would make every stored row stale."""
    probe = Project.open().probe("tiny/20")
    inputs = {
        table.name: json.loads(pq.read_metadata(probe.store.path(table, probe.partition(table))).metadata[
            b"skillprobe.provenance"
        ])["inputs"]
        for table in (TOKEN_DIVERGENCE, NOISE_FLOOR)
    }  # fmt: skip
    assert inputs["token_divergence"]["sources"] == "reference, own"
    assert inputs["noise_floor"]["conditions"].startswith("reference:transformers:torch.float32, repeat:")


def test_rows_are_read_under_present_names(written: Path) -> None:
    probe = Project.open().probe("tiny/20")
    assert set(probe.stored(TOKEN_DIVERGENCE)["text"]) == {"reference", "own"}
    rows = probe.stored(PARAMETER_STATS).select("compared_with", "compared_step").unique().sort("compared_step")
    assert rows.rows() == [("base", 0), ("previous", 10)]


@pytest.mark.parametrize(
    ("query", "former", "present"),
    [
        ("SELECT text_source, count(*) AS n FROM token_divergence GROUP BY ALL ORDER BY ALL", "text_source", "text"),
        ("SELECT DISTINCT reference AS side FROM parameter_stats ORDER BY ALL", "reference", "compared_with"),
        ("SELECT DISTINCT reference_backend AS name FROM noise_floor", "reference_backend", "baseline_backend"),
        ("SELECT DISTINCT strict AS right FROM verdicts ORDER BY ALL", "strict", "shows_steps"),
    ],
)
def test_sql_answers_both_names_alike(written: Path, query: str, former: str, present: str) -> None:
    shown = Project.open().protocol().protocol
    old, new = (
        command("sql", "--protocol", shown, "--format", "csv", text) for text in (query, query.replace(former, present))
    )
    assert old.stdout.splitlines()[1:] == new.stdout.splitlines()[1:] != []
    assert f"the column `{former}` is now `{present}`" in old.stderr
    assert "the column" not in new.stderr
    assert "write `texts` instead of `sources` under [divergence]" in new.stderr


def test_files_of_both_releases_are_shown_together(written: Path) -> None:
    """As after a new checkpoint."""
    store = Store(written)
    file = next((written / "logit_divergence" / "model=tiny" / "step=20").glob("*.parquet"))
    kept = file.read_bytes()
    table = next(each for each in all_tables() if each.name == "logit_divergence")
    probe = Project.open().probe("tiny/20")
    provenance = store.provenance(table, probe.partition(table))
    assert provenance is not None
    store.write(table, probe.partition(table), probe.stored(table), provenance)
    assert "text" in pq.read_schema(file).names
    found = command("sql", "--format", "csv", "SELECT step, text FROM logit_divergence GROUP BY ALL ORDER BY ALL")
    assert pl.read_csv(found.stdout.encode())["step"].to_list() == [0, 0, 10, 10, 20, 20]
    assert "," in found.stdout
    assert '""' not in found.stdout
    file.write_bytes(kept)


def test_commands_show_columns_that_are_stored_under_former_names(written: Path, tmp_path: Path) -> None:
    assert "0.0" in command("parameters", "tiny@20").stdout
    found = command("parameters", "tiny/20", "--reference", "previous", "--by", "model")
    assert "compared with its previous" in found.stdout
    assert "--reference is now --compared-with" in found.stderr
    page = tmp_path / "report.html"
    assert command("report", "--out", str(page)).exit_code == 0
    assert '"relative_norm": 0.0' in page.read_text()
    assert "KL" in command("scores").stdout
    assert "nothing to upgrade" in command("upgrade").stdout
