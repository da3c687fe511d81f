"""The `readings` table: answers read in other ways than the fair one. Written on request only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.needs import ITEMS, base_rows, rows, rows_if, setting
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def requested(probe: Probe) -> bool:
    """True if the settings request any reading next to the fair one."""
    return bool(probe.settings.readings.also)


def _of_fallen_cells(probe: Probe) -> bool:
    return bool(probe.settings.readings.generated) and probe.settings.readings.cells == "fallen"


def _compute(probe: Probe) -> pl.DataFrame:
    from .take_readings import take_readings

    return take_readings(probe)


_UNREAD = "no answer was found"
_NOTHING = "only reading exact was requested, or no cell fell"

READINGS = Table(
    name="readings",
    version=1,
    about="One row per item, sample and further reading: the answers of checkpoint and base, read in another way",
    key=("model", "step", "protocol", "item_set", "item_id", "sample", "reading"),
    columns=(
        *PROTOCOL_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        Column(
            "reading",
            pl.String,
            "exact (the fair verdict where the last line is `Answer: ` and the answer), forced (the answer after "
            "`Answer:` is written behind the model's own text) or elicited (completions of few-shot prompts)",
        ),
        Column("verdict", pl.String, "The verdict on the checkpoint's answer, as in `verdicts`"),
        Column("extracted", pl.String, "The checkpoint's answer; null if none was found", may_be_null=_UNREAD),
        Column(
            "completion",
            pl.String,
            "The continuation (forced; the most likely option's letter for a choice) or completion (elicited); null "
            "for exact",
            may_be_null=_NOTHING,
        ),
        Column("base_verdict", pl.String, "The verdict on the base's answer"),
        Column("base_extracted", pl.String, "The base's answer; null if none was found", may_be_null=_UNREAD),
        Column("base_completion", pl.String, "The base's continuation or completion", may_be_null=_NOTHING),
    ),
    more="Written if `also` is set under [readings]. No score and no test of accuracy counts these rows.",
    needs=(
        ITEMS,
        rows(GENERATIONS),
        base_rows(GENERATIONS),
        rows(VERDICTS),
        base_rows(VERDICTS),
        rows_if(PROFILE_TESTS, _of_fallen_cells),
        setting("readings", lambda probe: probe.settings.readings.canonical()),
    ),
    compute=_compute,
    enabled=requested,
    group="skills",
    pool="device",
    kinds=("pytorch", "parquet"),
    asset="format_shares",
)
