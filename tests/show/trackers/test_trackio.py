"""Trackio takes the values."""

from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store

from .sent_scores import emit, needs


@needs("trackio")
def test_trackio_takes_them(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    assert emit(study, "trackio", tmp_path) > 100
