"""The values that a tracker receives: every checkpoint in order, by the names of the stored measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.show.trackers.emit_scores import emit_scores

MODELS = ["planted-rl", "planted-sft"]


@dataclass
class Recorder:
    """A tracker that keeps what it receives."""

    logged: list[tuple[str, int, dict[str, float]]] = field(default_factory=list)
    closed: int = 0

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        self.logged.append((model, step, dict(values)))

    def close(self) -> None:
        self.closed += 1


def test_every_checkpoint_comes_once_model_by_model_in_order_of_steps(study: Store) -> None:
    tracker = Recorder()
    sent = emit_scores(study, current_protocol(study), tracker, MODELS)
    assert [(model, step) for model, step, _ in tracker.logged] == [
        (model, step) for model in MODELS for step in (0, 100, 200, 300)
    ]
    assert sent == sum(len(values) for _, _, values in tracker.logged)
    assert tracker.closed == 1


def test_values_are_those_stored_under_their_names(study: Store) -> None:
    tracker, protocol = Recorder(), current_protocol(study)
    emit_scores(study, protocol, tracker, ["planted-sft"])
    _, step, values = tracker.logged[-1]
    rows = study.read(SKILL_SCORES, Partition.checkpoint("planted-sft", step, protocol.protocol)).filter(level=0)
    for skill, domain in (("simulation", "science"), ("calculation", "all"), ("all", "all")):
        expected = rows.filter(skill=skill, domain=domain)["accuracy"].item()
        assert values[f"accuracy/{skill}/{domain}"] == pytest.approx(expected)
    assert values["divergence/forward_kl"] == pytest.approx(300 * 5e-5)
    assert values["parameters/relative_norm"] > 0
    assert "malformed_rate" in values
    assert "well_formed_accuracy" in values


def test_a_tracker_is_closed_although_it_fails(study: Store) -> None:
    class Failing(Recorder):
        def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
            raise ConnectionError

    tracker = Failing()
    with pytest.raises(ConnectionError):
        emit_scores(study, current_protocol(study), tracker, MODELS)
    assert tracker.closed == 1
