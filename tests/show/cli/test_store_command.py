"""`skillprobe store`: what it lists, what it asks, and its exit status."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.show.cli.main import app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["store", *words], catch_exceptions=False)


def test_a_faulty_file_is_listed_then_moved_on_request(home: Path) -> None:
    assert "every file can be used" in run("check").output
    file = home / "verdicts" / "model=m" / "step=1" / "0123456789abcdef.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no table")
    listed = run("check")
    assert listed.exit_code == 1
    assert str(file) in listed.output
    assert "--set-aside" in listed.output
    assert file.exists()
    moved = run("check", "--set-aside")
    assert moved.exit_code == 1
    assert not file.exists()
    assert [path.read_bytes() for path in home.glob("_work/set_aside/*/verdicts/*/*/*.parquet")] == [b"no table"]
    assert run("check").exit_code == 0


def test_space_is_freed_after_a_confirmation(home: Path) -> None:
    assert "nothing can be freed" in run("clean").output
    states = home / "_work" / "base_states" / "b.float32.t.safetensors"
    states.parent.mkdir(parents=True)
    states.write_bytes(bytes(2_000_000))
    asked = run("clean")
    assert asked.exit_code == 1
    assert "hidden states: 1 (2.0 MB)" in asked.output
    assert "skillprobe store clean --yes" in asked.output
    assert states.exists()
    assert "nothing can be freed" in run("clean", "--unused-days", "1").output
    assert "freed 2.0 MB" in run("clean", "--yes").output
    assert not states.exists()
