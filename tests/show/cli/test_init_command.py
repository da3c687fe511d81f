"""`skillprobe init`: what it writes is watched at once, by the command and by the sensor's plan."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.project.project import Project
from skillprobe_core.project.watching import look, plan
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
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def skillprobe(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_new_run_is_watched_at_once(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    home.mkdir()
    (home / "skillprobe.toml").write_text(SETTINGS)
    shown = skillprobe("init", tiny_run, "--base", tiny_base, "--method", "sft").stdout
    assert f"{tiny_run}: model tiny-sft\n" in shown
    assert "layout hf_trainer, 2 checkpoints (complete models)" in shown
    assert "complete: steps 10, 20" in shown
    assert f'folder = "{tiny_run}"' in shown
    watched = skillprobe("watch", "--once")
    assert watched.exit_code == 0
    assert [line.split()[0] for line in watched.stdout.splitlines() if "evaluated" in line] == [
        "tiny-sft/0", "tiny-sft/10", "tiny-sft/20",
    ]  # fmt: skip
    assert "nothing was written" in skillprobe("init", tiny_run / "checkpoint-10", "--base", tiny_base).stdout


def test_without_a_settings_file_one_is_made_that_the_sensor_reads(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    config = json.loads((run / "checkpoint-20" / "config.json").read_text())
    (run / "checkpoint-20" / "config.json").write_text(json.dumps(config | {"_name_or_path": str(tiny_base)}))
    monkeypatch.chdir(tmp_path)
    shown = skillprobe("init", "run", "--model", "mine").stdout
    assert f"base {tiny_base}, folder {tiny_base} (named by {run / 'checkpoint-20' / 'config.json'})" in shown
    project = Project.at(home)
    (of_run,) = project.settings.runs
    assert (of_run.folder, of_run.base, of_run.model, of_run.method) == (run, tiny_base, "mine", "unknown")
    settled = Project(project.settings.model_copy(update={"settle_seconds": 0.0}), project.store)
    requests = plan(look(settled), {}, settle_seconds=0, once=True).requests
    assert [request.key for request in requests] == ["mine/0", "mine/10", "mine/20"]


def test_a_run_may_be_added_before_it_has_checkpoints(home: Path, tiny_base: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    shown = skillprobe("init", tmp_path / "run", "--base", tiny_base).stdout
    assert "no checkpoint yet, so nothing is evaluated (looked for " in shown
    assert [run.folder for run in Project.at(home).settings.runs] == [tmp_path / "run"]


def test_incomplete_checkpoints_are_named(home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "checkpoint-20" / "trainer_state.json").unlink()
    shown = skillprobe("init", run, "--base", tiny_base).stdout
    assert "complete: step 10\n" in shown
    assert "step 20 is not complete: no trainer_state.json yet" in shown


def test_what_cannot_be_a_run_is_refused_and_nothing_is_written(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    alone = shutil.copytree(tiny_base, tmp_path / "alone")
    refused = {
        (alone,): f"skillprobe probe {alone} --base BASE --step N",
        (tiny_run,): f"skillprobe init {tiny_run} --base BASE",
        (tiny_run, "--base", tiny_run): "cannot be the base",
        (tiny_run, "--base", tiny_base, "--model", "a b"): "not a valid model name",
        (tmp_path / "nowhere", "--base", tiny_base): "does not exist",
    }
    for arguments, says in refused.items():
        with pytest.raises(CheckpointError) as caught:
            skillprobe("init", *arguments)
        assert says in str(caught.value)
    assert not home.exists()


def test_another_base_for_the_same_folder_is_left_to_the_user(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    skillprobe("init", tiny_run, "--base", tiny_base)
    other = shutil.copytree(tiny_base, tmp_path / "other")
    with pytest.raises(SettingsError, match="section with this folder already") as caught:
        skillprobe("init", tiny_run, "--base", other)
    assert f'base = "{other}"' in caught.value.remedy
    assert len(Project.at(home).settings.runs) == 1
