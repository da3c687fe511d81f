"""TensorBoard: the values are read back out of its event files."""

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
