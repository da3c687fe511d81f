"""Weights & Biases: runs written offline."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.show.trackers import open_tracker
from skillprobe_core.show.trackers.emit_scores import emit_scores

MODELS = ["planted-rl", "planted-sft"]


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(package) is None, reason=f"the package {package} is not installed")


def emit(store: Store, name: str, folder: Path) -> int:
    return emit_scores(store, current_protocol(store), open_tracker(name, folder), MODELS)


@needs("wandb")
def test_wandb_writes_its_runs_offline(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    emit(study, "wandb", tmp_path)
    assert len(list(tmp_path.rglob("run-*.wandb"))) == len(MODELS)
