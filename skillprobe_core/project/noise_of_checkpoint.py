"""The noise floor of one checkpoint, measured on request."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from skillprobe_core.engine.model_locks import using
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.probe import Probe

from .name_claims import claim


def noise_floor(probe: Probe, *, report: Callable[[str], None] | None = None) -> tuple[pl.DataFrame, bool]:
    """The checkpoint's stored rows of table `noise_floor`, and True if they were stored before.

    `report` is called with the name of each finished condition. Errors are those of the backends.
    """
    from skillprobe_core.measurements.noise.measure_noise import measure_noise

    with using(probe.store, probe.checkpoint.model):
        claim(probe)
        found = bring_up_to_date(NOISE_FLOOR, probe, lambda _: measure_noise(probe, report))
    return probe.stored(NOISE_FLOOR), found.reused
