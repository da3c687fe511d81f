"""Scores of two planted runs as they are sent to a tracker."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.show.trackers import open_tracker
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
