"""Records of the trainer about a checkpoint: the mark of its loop, else the state that the Trainer saves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Real
from pathlib import Path
from typing import NamedTuple

import polars as pl

from skillprobe_core.runs.bounded_files import LARGEST_LISTS, read_object
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.ready_marks import ready_mark

_STATE = "trainer_state.json"


class TrainingRecord(NamedTuple):
    """Figures of one checkpoint: `(metric, value, step at which it was logged)`, and facts about the run."""

    metrics: tuple[tuple[str, float, int], ...]
    seed: int | None = None
    data_digest: str | None = None


def training_record(checkpoint: Checkpoint) -> TrainingRecord:
    """The record of a checkpoint; an empty one for a base, and where the trainer left none that can be read.

    A mark goes before the trainer's state. The latest value of each metric up to the checkpoint's step counts.
    """
    if checkpoint.step == 0:
        return TrainingRecord(())
    mark = None if checkpoint.run is None else ready_mark(checkpoint.run, checkpoint.step)
    if mark is None:
        return TrainingRecord(tuple(sorted(_of_state(checkpoint.files.weights / _STATE, checkpoint.step))))
    figures = tuple((name, value, mark.step) for name, value in sorted(mark.metrics.items()))
    return TrainingRecord(figures, mark.seed, mark.data_digest)


def _of_state(file: Path, step: int) -> Iterator[tuple[str, float, int]]:
    try:
        history = read_object(file, LARGEST_LISTS)["log_history"]
        entries = [entry for entry in history if isinstance(entry, dict) and _logged(entry) <= step]
    except (OSError, ValueError, KeyError, TypeError):
        return
    latest: dict[str, tuple[float, int]] = {}
    for entry in sorted(entries, key=_logged):
        latest |= {name: (float(value), _logged(entry)) for name, value in entry.items() if _counts(name, value)}
    for name, (value, logged) in latest.items():
        yield name, value, logged


def _logged(entry: dict[str, object]) -> int:
    step = entry.get("step")
    return step if isinstance(step, int) and step >= 0 else 1 << 62


def _counts(name: str, value: object) -> bool:
    return name != "step" and isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def metric_rows(checkpoint: Checkpoint) -> pl.DataFrame:
    """The record as rows of `training_metrics`, one per metric."""
    record = training_record(checkpoint)
    return pl.DataFrame(
        [
            {
                "model": checkpoint.model,
                "step": checkpoint.step,
                "metric": name,
                "value": value,
                "logged_step": logged,
                "seed": record.seed,
                "data_digest": record.data_digest,
            }
            for name, value, logged in record.metrics
        ],
        schema={
            "model": pl.String, "step": pl.Int64, "metric": pl.String, "value": pl.Float64, "logged_step": pl.Int64,
            "seed": pl.Int64, "data_digest": pl.String,
        },
    )  # fmt: skip
