"""`skillprobe watch`: begins nothing unasked, takes what is complete, and one failure stops nothing else."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.errors import CheckpointError
from skillprobe_core.show.cli.main import app

SETTINGS = """
settle_seconds = {settle}
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
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS.format(settle=0))
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def watch(*arguments: object) -> Result:
    command = ["watch", *map(str, arguments), "--once"]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def aged(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    for file in folder.iterdir():
        os.utime(file, (then, then))


@pytest.mark.parametrize("content", [[], ["notes.txt"], ["checkpoint-x/model.safetensors"], ["step_100/config.json"]])
def test_without_a_recognised_checkpoint_nothing_is_written(
    content: list[str], home: Path, tmp_path: Path, tiny_base: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in content:
        (run / name).parent.mkdir(exist_ok=True)
        (run / name).write_text("{}")
    result = watch(run, "--base", tiny_base)
    (line,) = result.stderr.splitlines()
    for told in (str(run), "hf_trainer", "`skillprobe layouts`"):
        assert told in line
    assert (result.exit_code, result.stdout) == (0, "")
    assert [file.name for file in home.iterdir()] == ["skillprobe.toml"]


def test_a_model_without_a_step_is_named_with_a_command_that_evaluates_it(
    home: Path, tmp_path: Path, tiny_base: Path
) -> None:
    run = shutil.copytree(tiny_base, tmp_path / "run")
    result = watch(run, "--base", tiny_base)
    assert f"skillprobe probe {run} --base {tiny_base} --step N" in result.stderr
    assert not list(home.glob("generations"))


def test_a_checkpoint_without_its_last_file_counts_once_it_is_unchanged_for_long_enough(
    home: Path, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    (home / "skillprobe.toml").write_text(SETTINGS.format(settle=1000))
    base, run = shutil.copytree(tiny_base, tmp_path / "base"), tmp_path / "run"
    aged(base, 3600)
    for step, age in ((10, 3600), (20, 0)):
        folder = shutil.copytree(tiny_run / f"checkpoint-{step}", run / f"checkpoint-{step}")
        (folder / "trainer_state.json").unlink()
        aged(folder, age)
    result = watch(run, "--base", base)
    assert result.exit_code == 0
    assert "run/10 evaluated" in result.stdout
    (line,) = [each for each in result.stderr.splitlines() if "run/20" in each and "left out" in each]
    assert "trainer_state.json" in line
    assert not list(home.glob("generations/model=run/step=20"))


@pytest.mark.parametrize("base", ["Qwen/Qwen3-0.6B", "nowhere", "file", "run"])
def test_a_base_that_is_no_checkpoint_folder_is_refused_at_once(
    base: str, home: Path, tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "run").symlink_to(tiny_run)
    with pytest.raises(CheckpointError, match="cannot be the base") as caught:
        watch(tiny_run, "--base", base)
    assert str(tmp_path / base) in str(caught.value)
    if "/" in base:
        assert "hf download" in caught.value.remedy


def test_the_choice_on_the_command_line_replaces_that_of_the_settings(
    home: Path, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    with (home / "skillprobe.toml").open("a") as file:
        file.write("[watch]\nevery_steps = 50\n")
    run = shutil.copytree(tiny_run, tmp_path / "run")
    evaluated = watch(run, "--base", tiny_base, "--every-steps", 10, "--order", "newest", "--per-hour", 1)
    assert evaluated.exit_code == 0
    assert [line.split()[0] for line in evaluated.stdout.splitlines() if " evaluated in " in line] == [
        "run/0",
        "run/20",
    ]
    assert "run: 1 checkpoints wait, since per_hour = 1" in evaluated.stderr
    rest = watch(run, "--base", tiny_base, "--every-steps", 10, "--order", "newest", "--retry")
    assert re.findall("(.*) evaluated in", rest.stdout) == ["run/0", "run/20", "run/10"]


def test_a_missing_run_folder_ends_with_status_1(home: Path, tmp_path: Path, tiny_base: Path) -> None:
    result = watch(tmp_path / "nowhere", "--base", tiny_base)
    assert result.exit_code == 1
    assert str(tmp_path / "nowhere") in result.stderr


def test_a_missing_base_of_the_settings_is_reported(home: Path, tmp_path: Path, tiny_run: Path) -> None:
    with (home / "skillprobe.toml").open("a") as file:
        file.write(f'[[runs]]\nfolder = "{tiny_run}"\nbase = "{tmp_path}/nowhere"\nmodel = "m"\n')
    result = watch()
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("m/0 failed: ")
    assert f"{tmp_path}/nowhere" in line


def test_the_first_runs_fail_each_with_its_own_line_and_the_last_is_evaluated(
    home: Path, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    with (home / "skillprobe.toml").open("a") as file:
        for name in ("raises", "my run", "good"):
            run = shutil.copytree(tiny_run / "checkpoint-10", tmp_path / name / "checkpoint-10").parent
            file.write(f'[[runs]]\nfolder = "{run}"\nbase = "{tiny_base}"\n')
        file.write(f'[[runs]]\nfolder = "{tiny_run}"\nbase = "{tiny_base}"\nmodel = "not a name"\n')
    (tmp_path / "raises" / "checkpoint-10" / "chat_template.jinja").write_text("{{ raise_exception('no') }}")
    result = watch()
    assert result.exit_code == 1
    assert "good/10 evaluated" in result.stdout
    assert "my-run-d33e7609/10 evaluated" in result.stdout
    failed = [line for line in result.stderr.splitlines() if "failed" in line or "warning" in line]
    assert len(failed) == 2
    assert "'not a name'" in failed[0]
    assert failed[1].startswith("raises/10 failed: ")
    assert "checkpoint-10/chat_template.jinja" in failed[1]
