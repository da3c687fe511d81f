"""Trackio takes the values."""

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


@needs("trackio")
def test_trackio_takes_them(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    assert emit(study, "trackio", tmp_path) > 100
