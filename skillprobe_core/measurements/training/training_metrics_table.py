"""The `training_metrics` table: the trainer's own loss, reward and other figures at each checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.presentation import Figure, Shown
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from skillprobe_core.measurements.needs import setting

if TYPE_CHECKING:
    from skillprobe_core.engine.store import Store
    from skillprobe_core.measurements.probe import Probe

USUAL = ("loss", "eval_loss", "reward")
"""Metrics that figures and reports show; queries read all."""


def _recorded(probe: Probe) -> str:
    from .training_record import training_record

    return digest_of("training", list(training_record(probe.checkpoint)))[:16]


def _compute(probe: Probe) -> pl.DataFrame:
    from .training_record import metric_rows

    return metric_rows(probe.checkpoint)


def _headline(frame: pl.DataFrame) -> Shown:
    shown = frame.filter(pl.col("metric").is_in(USUAL))
    return {"metrics": frame.height, **dict(shown.select("metric", "value").iter_rows())}


def _figure(frame: pl.DataFrame, store: Store, protocol: str | None) -> tuple[str, str] | None:
    from skillprobe_core.drawing.svg import Line, Panel, line_panels

    panels = []
    for name in USUAL:
        rows = frame.filter(metric=name).sort("step")
        if rows.height:
            panels.append(Panel(name, [Line(str(rows["model"][0]), rows["step"].to_list(), rows["value"].to_list())]))
    return (line_panels(panels), "the trainer's own figures over steps") if panels else None


TRAINING_METRICS = Table(
    name="training_metrics",
    version=1,
    about="One row per metric of a checkpoint's trainer: its latest logged value",
    key=("model", "step", "metric"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("metric", pl.String, "Name of the metric in the trainer's log, such as loss or reward"),
        Column("value", pl.Float64, "Latest logged value up to this checkpoint, in the trainer's unit"),
        Column("logged_step", pl.Int64, "Step at which it was logged", "steps"),
        Column("seed", pl.Int64, "Seed of the training run", may_be_null="the training loop stated none"),
        Column(
            "data_digest", pl.String, "Digest or name of the training data", may_be_null="the training loop stated none"
        ),
    ),
    more="From `skillprobe.mark_ready` or `SkillprobeCallback`, else from `trainer_state.json`. Empty without either.",
    needs=(setting("training", _recorded),),
    compute=_compute,
    headline=_headline,
    figure=Figure(_figure),
    group="checkpoints",
)
