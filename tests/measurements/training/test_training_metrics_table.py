"""The trainer's figures in the store, joined with skills, and computed again when the loop states others."""

import shutil
from pathlib import Path

import skillprobe
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.training.training_metrics_table import TRAINING_METRICS

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "contradiction"]
[sampling]
max_new_tokens = 4
[divergence]
texts = ["reference"]
"""


def test_reward_stands_next_to_skills(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    run, home = shutil.copytree(tiny_run, tmp_path / "run"), tmp_path / "home"
    home.mkdir()
    (home / "skillprobe.toml").write_text(SETTINGS)
    skillprobe.mark_ready(run / "checkpoint-10", 10, method="rl", seed=7, data_digest="d", metrics={"reward": 0.25})
    skillprobe.probe(run / "checkpoint-10", tiny_base, home=home)
    results = skillprobe.open(home)
    assert results.table("checkpoints").filter(step=10)["method"].to_list() == ["rl"]
    (row,) = results.sql("skill_and_reward", metric="reward").rows()
    assert row[:4] == ("run", 10, 0.25, 10)
    assert row[-2:] == (7, "d")
    skillprobe.mark_ready(run / "checkpoint-10", 10, method="rl", metrics={"reward": 0.75})
    again = skillprobe.probe(run / "checkpoint-10", tiny_base, home=home)
    assert [each.table for each in again.computed] == ["training_metrics"]
    rows = results.table("training_metrics")
    assert rows["value"].to_list() == [0.75]
    assert TRAINING_METRICS.figure is not None
    assert "<svg" in str(TRAINING_METRICS.figure.draw(rows, Store(home), None))
