"""`skillprobe overlap` on two checkpoints of one base."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.show.cli.main import app, main

SETTINGS = '[[runs]]\nmodel = "tiny"\nfolder = "{run}"\nbase = "{base}"\n'


@pytest.fixture
def home(tmp_path: Path, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    (tmp_path / "skillprobe.toml").write_text(SETTINGS.format(run=tiny_run, base=tiny_base))
    return tmp_path


def test_a_checkpoint_with_itself_and_with_another(home: Path) -> None:
    same = CliRunner().invoke(app, ["overlap", "tiny@10", "tiny@10", "--by", "model"], catch_exceptions=False).stdout
    assert "1.00" in same or " 1 " in same
    other = CliRunner().invoke(app, ["overlap", "tiny@10", "tiny@20"], catch_exceptions=False).stdout
    assert "attention_q" in other
    assert "update_jaccard" in other or "jaccard" in other


def test_other_bases_are_refused(
    home: Path, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(tiny_run, home / "other")
    text = (home / "skillprobe.toml").read_text() + SETTINGS.format(run=run, base=tiny_run / "checkpoint-10")
    (home / "skillprobe.toml").write_text(
        text.replace('"tiny"\nfolder = "' + str(run), '"other"\nfolder = "' + str(run))
    )
    monkeypatch.setattr("sys.argv", ["skillprobe", "overlap", "tiny@10", "other@20"])
    with pytest.raises(SystemExit):
        main()
    assert "have different bases" in capsys.readouterr().err
