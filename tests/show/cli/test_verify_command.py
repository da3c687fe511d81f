"""`skillprobe verify` on real tiny checkpoints."""

import os
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.weights import open_weights
from skillprobe_core.show.cli.main import app

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 4
"""


def run(*arguments: object):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_change_under_the_same_size_and_time_is_found_and_then_evaluated(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS)
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    hour_ago = time.time() - 3600
    for file in base.iterdir():
        os.utime(file, (hour_ago, hour_ago))
    run("probe", base)
    named = run("verify", "base@0")
    assert (named.exit_code, named.stdout) == (0, f"{base}: unchanged\n1 recorded checkpoint, 0 changed\n")
    assert run("verify", "base").stdout == named.stdout
    unchanged = run("verify")
    assert (unchanged.exit_code, unchanged.stdout) == (
        0, f"{base}: unchanged\n1 recorded checkpoint, 0 changed\n"
    )  # fmt: skip

    weights = base / "model.safetensors"
    place = open_weights(base)["model.norm.weight"].start
    with weights.open("r+b") as opened:
        opened.seek(place)
        opened.write(b"\0")
        opened.seek(place + 2)
        opened.write(b"\x40")
    os.utime(weights, (hour_ago, hour_ago))
    assert "computed" not in run("probe", base).stdout
    assert run("verify", base).exit_code == 1
    changed = run("verify", "base@0")
    assert changed.exit_code == 1
    assert f"{base}: changed\n1 recorded checkpoint, 1 changed\n" in changed.stdout

    run("probe", base)
    sql = run("sql", "SELECT digest FROM checkpoints", "--format", "csv").stdout
    assert identity(base).digest in sql
    assert run("verify").exit_code == 0


def test_a_folder_that_was_never_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    with pytest.raises(CheckpointError, match=r"no checkpoint in this folder was read(.|\n)*skillprobe probe"):
        run("verify", tmp_path)
