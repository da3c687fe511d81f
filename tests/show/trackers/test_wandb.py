"""Weights & Biases: runs written offline."""

from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store

from .sent_scores import MODELS, emit, needs


@needs("wandb")
def test_wandb_writes_its_runs_offline(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    emit(study, "wandb", tmp_path)
    assert len(list(tmp_path.rglob("run-*.wandb"))) == len(MODELS)
