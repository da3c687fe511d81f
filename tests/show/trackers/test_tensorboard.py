"""TensorBoard: the values are read back out of its event files."""

from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store

from .sent_scores import MODELS, accuracies, emit, needs


@needs("tensorboard")
def test_tensorboard_shows_every_checkpoint_once_however_often_it_is_sent(study: Store, tmp_path: Path) -> None:
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
