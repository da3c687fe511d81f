"""`skillprobe study`: what it found, printed and stored."""

import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.measurements.training.training_metrics_table import TRAINING_METRICS
from skillprobe_core.show.cli.main import app


@pytest.fixture
def home(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    copy = Store(Path(shutil.copytree(study.root, tmp_path / "home")))
    monkeypatch.setenv("SKILLPROBE_HOME", str(copy.root))
    return copy


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, ["study", *arguments], catch_exceptions=False).stdout


def test_the_planted_change_is_printed_and_every_table_stored(home: Store) -> None:
    shown = run("--target", "calculation")
    assert "Gain in calculation/coding, calculation/general, calculation/math, calculation/science" in shown
    line = r"planted-sft: simulation/science shows a lasting change of -0\.\d+ in these kinds from step \d+ \["
    assert re.search(line, " ".join(shown.split()))
    assert "not dated" not in shown
    assert "Predictors of forgetting" in shown
    part = Partition.of_protocol(current_protocol(home).protocol)
    assert all(home.read(table, part).height for table in study_tables())


def test_the_trainers_figures_stand_next_to_the_accuracy_of_their_checkpoint(home: Store) -> None:
    assert "Loss and reward" not in run()
    digest = current_protocol(home).protocol
    for step in (100, 200):
        row = {"model": "planted-rl", "step": step, "metric": "reward", "value": step / 1000, "logged_step": step}
        frame = TRAINING_METRICS.conform(pl.DataFrame([row]).with_columns(seed=pl.lit(1), data_digest=pl.lit("d")))
        home.write(TRAINING_METRICS, Partition.checkpoint("planted-rl", step), frame, Provenance("made-up", "1"))
    shown = run("planted-rl").partition("Loss and reward")[2].split()
    for step in (100, 200):
        scores = home.read(SKILL_SCORES, Partition.checkpoint("planted-rl", step, digest))
        (accuracy,) = scores.filter(skill="all", domain="all", level=0)["accuracy"]
        place = shown.index(f"{step / 1000:.4g}")
        assert shown[place - 3 : place + 3] == [
            "planted-rl", str(step), "reward", f"{step / 1000:.4g}", str(step), f"{accuracy:.4g}"
        ]  # fmt: skip


def test_a_model_whose_cells_stayed_has_no_lasting_drop(home: Store) -> None:
    shown = run("planted-rl")
    assert "planted-sft" not in shown
    assert "lasting change of -" not in shown


@pytest.mark.usefixtures("home")
def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(SettingsError, match="'maths' matches no cell"):
        run("--target", "maths")
