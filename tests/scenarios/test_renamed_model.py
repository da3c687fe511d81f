"""A real probed run is renamed and removed by the commands: nothing is computed again, and shared data stay."""

import os
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.show.cli.main import app
from tests.conftest import write_tiny_checkpoint

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 4
"""
LEFT = {"items", "number_types", "prompt_formats", "protocols"}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    return home


def left_of_weights(home: Path) -> list[str]:
    folders = ("generations", "identities", "base_states")
    return sorted(str(path.relative_to(home)) for name in folders for path in (home / "_work" / name).rglob("*.*"))


def test_from_one_name_to_another_to_none(home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    tiny_base, tiny_run = (Path(shutil.copytree(each, tmp_path / each.name)) for each in (tiny_base, tiny_run))
    other = write_tiny_checkpoint(tmp_path / "tiny-rl", tiny_base, 10, seed=3)
    checkpoint = tiny_run / "checkpoint-10"
    for file in (path for folder in (tiny_base, tiny_run, other) for path in folder.rglob("*")):
        os.utime(file, (time.time() - 3600,) * 2)  # a file that has just changed gets no identity record
    assert run("probe", checkpoint, "--base", tiny_base).exit_code == 0
    alone = left_of_weights(home)
    assert run("probe", other, "--base", tiny_base).exit_code == 0
    before = left_of_weights(home)

    asked = run("rename", "tiny-sft", "careful")
    assert asked.exit_code == 1
    assert "skillprobe rename tiny-sft careful --yes" in asked.stdout
    assert Store(home).models(CHECKPOINTS) == ["tiny-rl", "tiny-sft"]
    done = run("rename", "tiny-sft", "careful", "--yes")
    assert done.exit_code == 0
    assert "forget_partitions tiny-sft" in done.stdout
    assert left_of_weights(home) == before

    again = run("probe", checkpoint, "--base", tiny_base, "--model", "careful")
    tables = [line for line in again.stdout.splitlines() if " rows  " in line]
    assert len(tables) > 10
    assert all(line.endswith("reused") for line in tables), again.stdout
    assert run("compare", "base", "careful@10").exit_code == 0

    with pytest.raises(StoreError, match="step 0 of 'careful' is the base"):
        run("remove", "careful@0")
    removed = run("remove", "tiny-rl", "--yes")
    assert removed.exit_code == 0
    assert "completion logs: 1" in removed.stdout
    assert left_of_weights(home) == alone
    assert run("remove", "careful", "--yes").exit_code == 0
    assert not left_of_weights(home)
    rows = {path.relative_to(home).parts[0] for path in home.rglob("*.parquet")}
    assert rows == LEFT
    assert run("probe", checkpoint, "--base", tiny_base).exit_code == 0


def test_the_settings_that_name_it_are_shown(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    assert run("probe", tiny_run / "checkpoint-10", "--base", tiny_base).exit_code == 0
    runs = f'[[runs]]\nfolder = "{tiny_run}"\nbase = "{tiny_base}"\n[study]\nmodels = ["tiny-sft", "other"]\n'
    (home / "skillprobe.toml").write_text(SETTINGS + runs)
    done = run("rename", "tiny-sft", "careful", "--yes")
    assert f'model = "careful" in the [[runs]] section of {tiny_run}' in done.stdout
    assert 'models = ["careful", "other"] in [study]' in done.stdout
    (home / "skillprobe.toml").write_text(SETTINGS + runs.replace("[study]", 'model = "careful"\n[study]'))
    assert f"delete the [[runs]] section of {tiny_run}" in run("remove", "careful", "--yes").stdout
