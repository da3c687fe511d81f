"""`skillprobe scores` on planted results."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.show.cli.main import app
from tests.show.trackers.sent_scores import needs


@needs("tensorboard")
def test_it_is_one_option_of_scores(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(study.root))
    arguments = ["scores", "planted-rl", "--log-to", "tensorboard", "--log-dir", str(tmp_path)]
    told = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
    assert "values sent to tensorboard" in told
    assert [path.name for path in tmp_path.iterdir()] == ["planted-rl"]


def scores(*arguments: str) -> str:
    return CliRunner().invoke(app, ["scores", *arguments], catch_exceptions=False).stdout


@pytest.fixture
def _home(study: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(study.root))


@pytest.mark.usefixtures("_home")
def test_every_checkpoint_is_a_line_and_models_can_be_chosen() -> None:
    lines = [line.split()[0] for line in scores().splitlines() if line.startswith("planted")]
    of_one_table = [f"planted-{name}/{step}" for name in ("rl", "sft") for step in (0, 100, 200, 300)]
    assert [line for line in lines if "/" in line] == of_one_table * 2
    assert "planted-sft/" not in scores("planted-rl")


def test_a_store_whose_evaluations_are_not_finished_says_so(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "store"))
    shutil.copytree(study.root, tmp_path / "store", ignore=shutil.ignore_patterns("skill_scores"))
    with pytest.raises(StoreError, match=r"no checkpoint has scores[\s\S]*--so-far"):
        scores()


@pytest.mark.usefixtures("_home")
def test_scores_are_split_by_source() -> None:
    shown = scores("planted-rl", "--by-source")
    assert "Accuracy by source" in shown
    rows = [line.split() for line in shown.splitlines() if "procedural" in line]
    assert len(rows) == 20 * 4


@pytest.mark.usefixtures("_home")
def test_an_unknown_model_and_an_unknown_tracker_are_refused() -> None:
    with pytest.raises(StoreError, match="no model named 'nun'") as caught:
        scores("nun")
    assert "planted-rl" in caught.value.remedy
    with pytest.raises(SettingsError, match="notepad"):
        scores("--log-to", "notepad")
