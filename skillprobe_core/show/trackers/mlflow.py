"""MLflow: one run per model in the experiment `skillprobe`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import mlflow
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

from .tracker import TrackerOffer


class _MLflow:
    def __init__(self, client: MlflowClient, experiment: str) -> None:
        self._client = client
        self._experiment = experiment
        self._runs: dict[str, str] = {}

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        if model not in self._runs:
            self._runs[model] = self._client.create_run(self._experiment, run_name=model).info.run_id
        metrics = [Metric(name, value, 0, step) for name, value in values.items()]
        self._client.log_batch(self._runs[model], metrics=metrics)

    def close(self) -> None:
        for run in self._runs.values():
            self._client.set_terminated(run)


def start(folder: Path) -> _MLflow:
    """A tracker on the server of MLFLOW_TRACKING_URI, or on files in `folder` if that is not set."""
    if "MLFLOW_TRACKING_URI" not in os.environ:
        folder.mkdir(parents=True, exist_ok=True)
        # MLflow prefers databases and accepts its file store only on request; files need no server.
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        mlflow.set_tracking_uri(folder.absolute().as_uri())
    return _MLflow(MlflowClient(), mlflow.set_experiment("skillprobe").experiment_id)


TRACKER = TrackerOffer("mlflow", start)
