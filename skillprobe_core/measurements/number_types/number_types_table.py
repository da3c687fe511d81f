"""The `number_types` table: the number type that the models of a base are run in, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Column, Need, Table

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _base(probe: Probe) -> dict[str, str]:
    from .number_type_choice import decided_for

    return {"base": decided_for(probe)}


def _compute(probe: Probe) -> pl.DataFrame:
    from .number_type_choice import decide

    return decide(probe)


NUMBER_TYPES = Table(
    name="number_types",
    version=1,
    about="One row per base and `[compute] dtype`: the number type that it and its checkpoints are run in",
    key=("base", "setting"),
    columns=(
        Column("base", pl.String, "Digest of the base, as in `checkpoints`"),
        Column("setting", pl.String, "`[compute] dtype` of the settings: auto, float32, bfloat16 or float16"),
        Column("dtype", pl.String, "Type in which models are run, as in `generations` and `logit_divergence`"),
        Column("reason", pl.String, "Why it was chosen"),
        Column("stored_dtype", pl.String, "Storage type of most of the base's parameters"),
        Column("processor", pl.String, "Processor for which it was chosen"),
    ),
    partitioned=False,
    needs=(Need("base", _base), Need("setting", lambda probe: {"setting": probe.settings.compute.dtype})),
    compute=_compute,
    place=lambda probe: Partition.base(_base(probe)["base"], probe.settings.compute.dtype),
    decision=True,
    asset="",
)
