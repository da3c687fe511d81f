"""`profile_tests`: tests of each cell's change from the base against chance."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.profile_tests import PROFILE_TESTS
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage


def _inputs(probe: Probe) -> dict[str, str]:
    return {
        "verdicts": probe.stored_version(VERDICTS),
        "base_verdicts": probe.of_base().stored_version(VERDICTS),
        "items": probe.item_set,
    }


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.analysis.profile_tests import profile_tests

    return profile_tests(
        probe.stored(VERDICTS),
        probe.of_base().stored(VERDICTS),
        probe.items,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        base_model=probe.base.model,
    )


STAGE = Stage(PROFILE_TESTS, code_version="2", inputs=_inputs, compute=_compute)
