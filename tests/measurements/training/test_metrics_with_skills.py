"""The trainer's figures next to the skills: each with the accuracy of its own checkpoint."""

import polars as pl

from skillprobe_core.measurements.training.metrics_with_skills import metrics_with_skills


def metric(step: int, name: str, value: float) -> dict[str, object]:
    return {"model": "m", "step": step, "metric": name, "value": value, "logged_step": step, "seed": 1}


def score(step: int, skill: str, level: int, accuracy: float) -> dict[str, object]:
    bounds = {"accuracy_low": accuracy - 0.1, "accuracy_high": accuracy + 0.1}
    return {"model": "m", "step": step, "skill": skill, "domain": "all", "level": level, "accuracy": accuracy} | bounds


def test_each_figure_has_the_accuracy_over_all_skills_of_its_checkpoint() -> None:
    metrics = pl.DataFrame([
        metric(20, "reward", 0.7), metric(10, "reward", 0.4), metric(10, "loss", 2.0), metric(10, "grad_norm", 9.0),
        metric(30, "reward", 0.9),
    ])  # fmt: skip
    scores = pl.DataFrame([
        score(10, "all", 0, 0.5), score(20, "all", 0, 0.6), score(10, "all", 1, 0.1), score(20, "calculation", 0, 0.2),
    ])  # fmt: skip
    found = metrics_with_skills(metrics, scores).select("metric", "step", "value", "accuracy").rows()
    assert found == [("loss", 10, 2.0, 0.5), ("reward", 10, 0.4, 0.5), ("reward", 20, 0.7, 0.6)]
