"""A base that a checkpoint cannot be compared with: only the comparison is missing, named once, and the status is 1."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

import skillprobe
from skillprobe_core.engine.store import Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Table
from skillprobe_core.errors import NotComparableError
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.needs import rows
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.failed_attempts import failures_in
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import Refused, run_tables
from skillprobe_core.project.settings import settings_in
from skillprobe_core.show.cli.main import app

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
tokens = true
[[runs]]
folder = "{run}"
base = "{base}"
model = "other"
"""
REFUSED = {"logit_divergence", "token_divergence", "representation_shift"}
COMPUTED = {"checkpoints", "generations", "verdicts", "skill_scores", "profile_tests", "parameter_stats"}


@pytest.fixture
def home(tmp_path: Path, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose run has one checkpoint, with the base's tokens under other ids."""
    run = tmp_path / "run"
    shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-10")
    file = run / "checkpoint-10" / "tokenizer.json"
    content = json.loads(file.read_text())
    vocabulary = content["model"]["vocab"]
    names = sorted(vocabulary, key=vocabulary.get)
    content["model"]["vocab"] = {name: (number + 7) % len(names) for number, name in enumerate(names)}
    file.write_text(json.dumps(content))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS.format(run=run, base=tiny_base))
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


def stored(home: Path) -> set[str]:
    return {path.relative_to(home).parts[0] for path in home.glob("[!_]*/model=other/step=10/*.parquet")}


def test_a_watcher_computes_the_other_tables_names_the_refused_ones_and_does_not_try_again(home: Path) -> None:
    result = command("watch", "--once")
    assert result.exit_code == 1
    assert "other/10 evaluated" in result.stdout
    lines = result.stderr.splitlines()
    (line,) = (line for line in lines if line.startswith("other/10 not computed: "))
    assert "the tokenizer is not the base's" in line
    assert "Remedy: " in line
    assert all(line.count(name) == 1 for name in REFUSED)
    assert stored(home) >= COMPUTED
    assert not stored(home) & REFUSED
    assert failures_in(Store(home)) == {}


def test_probing_and_python_name_it_once(home: Path, tmp_path: Path, tiny_base: Path) -> None:
    folder = tmp_path / "run" / "checkpoint-10"
    result = command("probe", folder)
    assert result.exit_code == 1
    (line,) = (line for line in result.stderr.splitlines() if "not computed" in line)
    assert all(name in line for name in REFUSED)
    assert "profile_tests" in result.stdout
    found = skillprobe.probe(folder, home=home)
    assert found.refused == (line,)
    assert {table.table for table in found.tables if table.step == 10} >= COMPUTED


def test_tables_that_need_a_refused_one_are_refused_with_it(home: Path) -> None:
    project = Project(settings_in(home), Store(home))
    means = Table("means", 1, "One row", ("model", "step"), CHECKPOINT_KEYS, needs=(rows(LOGIT_DIVERGENCE),),
                  compute=lambda _: pl.DataFrame())  # fmt: skip
    tables = [*(table_named(name) for name in ("checkpoints", "generations", "logit_divergence")), means]
    refused: list[Refused] = []
    computed = run_tables(project.probe("other/10"), tables, refused=refused)
    assert [each.table for each in refused] == ["logit_divergence", "means"]
    assert {each.table for each in computed if each.step == 10} == {"checkpoints", "generations"}
    with pytest.raises(NotComparableError):
        run_tables(project.probe("other/10"), tables)
