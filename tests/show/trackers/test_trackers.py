"""What a tracker was told is read back out of its own files."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.show.cli.main import app
from skillprobe_core.show.trackers import TRACKERS, open_tracker
from skillprobe_core.show.trackers.emit_scores import emit_scores

MODELS = ["planted-rl", "planted-sft"]


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(package) is None, reason=f"the package {package} is not installed")


def accuracies(store: Store, model: str) -> dict[int, float]:
    found = {}
    for step in (0, 100, 200, 300):
        rows = store.read(SKILL_SCORES, Partition.checkpoint(model, step, current_protocol(store).protocol))
        found[step] = rows.filter(skill="simulation", domain="science", level=0)["accuracy"].item()
    return found


def emit(store: Store, name: str, folder: Path) -> int:
    return emit_scores(store, current_protocol(store), open_tracker(name, folder), MODELS)


@needs("tensorboard")
def test_tensorboard_shows_every_checkpoint_once_however_often_it_is_told(study: Store, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    foreign = tmp_path / "planted-sft" / "events.out.tfevents.1.trainer"
    foreign.parent.mkdir()
    foreign.touch()
    assert emit(study, "tensorboard", tmp_path) == emit(study, "tensorboard", tmp_path) > 100
    assert foreign.exists()
    for model in MODELS:
        (file,) = (tmp_path / model).glob("*.skillprobe")
        events = EventAccumulator(str(file)).Reload()
        read = {event.step: event.value for event in events.Scalars("accuracy/simulation/science")}
        assert read == pytest.approx(accuracies(study, model))
        assert len(events.Scalars("divergence/forward_kl")) == 4
        assert events.Scalars("parameters/relative_norm")[-1].value > 0


@needs("mlflow")
def test_mlflow_keeps_one_run_per_model(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    emit(study, "mlflow", tmp_path / "runs")
    from mlflow.tracking import MlflowClient

    client = MlflowClient()
    experiment = client.get_experiment_by_name("skillprobe")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == set(MODELS)
    for model, run in runs.items():
        history = client.get_metric_history(run.info.run_id, "accuracy/simulation/science")
        assert {metric.step: metric.value for metric in history} == pytest.approx(accuracies(study, model))


@needs("wandb")
def test_wandb_writes_its_runs_offline(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    emit(study, "wandb", tmp_path)
    assert len(list(tmp_path.rglob("run-*.wandb"))) == len(MODELS)


@needs("trackio")
def test_trackio_takes_them(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    assert emit(study, "trackio", tmp_path) > 100


def test_what_is_not_there_is_refused_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=", ".join(TRACKERS)):
        open_tracker("notepad", tmp_path)
    missing = [name for name in TRACKERS if find_spec(name) is None]
    if not missing:
        pytest.skip("every tracker is installed")
    with pytest.raises(SettingsError, match=f"{missing[0]} is not installed[\\s\\S]*pip install {missing[0]}"):
        open_tracker(missing[0], tmp_path)
    assert f"skillprobe_core.show.trackers.{missing[0]}" not in sys.modules


@needs("tensorboard")
def test_it_is_one_option_of_scores(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(study.root))
    arguments = ["scores", "planted-rl", "--log-to", "tensorboard", "--log-dir", str(tmp_path)]
    told = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
    assert "values sent to tensorboard" in told
    assert [path.name for path in tmp_path.iterdir()] == ["planted-rl"]


def test_the_help_and_the_readme_name_every_tracker() -> None:
    shown = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["scores", "--help"]).stdout
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    for name in TRACKERS:
        assert name in shown
        assert name in readme.lower()
