"""MLflow: one run per model, read back from its file store."""

from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store

from .sent_scores import MODELS, accuracies, emit, needs


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
