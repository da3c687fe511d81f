"""The `parameter_stats` table: statistics of each tensor and its update."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure, Shown
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Need, Table
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.measurements.needs import BASE_WEIGHTS, WEIGHTS
from skillprobe_core.plugins import Live

from .base_spectra_table import BASE_SPECTRA, SPECTRA
from .elementwise_stats_table import (
    CODES,
    ELEMENTWISE_STATS,
    EQUALITY,
    TENSOR_COLUMNS,
    previous_inputs,
    usable_previous,
)
from .parameter_registry import OF_TENSORS, columns
from .update_shown import update_figure, update_headline

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe

_FORMERLY = {"compared_with": "reference", "compared_step": "reference_step"}
# A function of inputs that are named already.
_ELEMENTS = Need("elementwise_stats", lambda _: {}, ELEMENTWISE_STATS)

_SPECTRA = Need("base_spectra", lambda _: {}, BASE_SPECTRA)


def _previous(probe: Probe) -> dict[str, str]:
    return previous_inputs(probe, PARAMETER_STATS)


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.measurements.parameters.spectral.on_device import spectra_device
    from skillprobe_core.runs.weights import open_weights

    from .parameter_stats import parameter_stats

    base, checkpoint = open_weights(probe.base.files), open_weights(probe.checkpoint.files)
    previous = usable_previous(probe)
    return parameter_stats(
        base,
        checkpoint,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        previous=previous,
        previous_step=probe.previous.step if probe.previous is not None and previous is not None else None,
        elements=probe.store.read(ELEMENTWISE_STATS, bring_up_to_date(ELEMENTWISE_STATS, probe).partition),
        base_spectra=bring_up_to_date(BASE_SPECTRA, probe).path if BASE_SPECTRA.enabled(probe) else None,
        spectra=probe.settings.parameters.spectra,
        device=spectra_device(probe.device),
        through=probe.giving_way(PARAMETER_STATS),
    )


def _headline(frame: pl.DataFrame) -> Shown:
    from .spectra_sample import sample_line

    of_base = frame.filter(pl.col("compared_with") == "base")
    line = sample_line(of_base)
    return {**update_headline(frame), **({"spectra": line} if line else {}), **_since_previous(frame)}


def _since_previous(frame: pl.DataFrame) -> Shown:
    """Agreement of this update with the previous checkpoint's: means over tensors, weighted by their elements."""
    rows = frame.filter(pl.col("compared_with") == "previous", pl.col("update_jaccard").is_not_null())
    if rows.is_empty():
        return {}
    names = ("update_cosine", "update_jaccard", "update_jaccard_chance")
    means = rows.select((pl.col(*names) * pl.col("elements")).sum() / pl.col("elements").sum())
    return {"previous_step": rows["compared_step"][0], **means.row(0, named=True)}


PARAMETER_STATS = Table(
    name="parameter_stats",
    version=2,
    about="One row per tensor and compared checkpoint: its weights W, that checkpoint's weights W0, and the update "
    "D = W - W0",
    key=("model", "step", "tensor", "compared_with"),
    columns=Live(
        lambda: (
            *CHECKPOINT_KEYS,
            *(replace(column, formerly=_FORMERLY.get(column.name, "")) for column in TENSOR_COLUMNS),
            *columns(),
        )
    ),
    more="Weights are streamed; no model is loaded.",
    needs=(
        WEIGHTS,
        BASE_WEIGHTS,
        Need("previous", _previous, asset="previous"),
        _ELEMENTS,
        _SPECTRA,
        SPECTRA,
        EQUALITY,
        CODES,
        OF_TENSORS,
    ),
    compute=_compute,
    code_version="3",
    late=True,
    shared_base=True,
    headline=_headline,
    figure=Figure(update_figure),
    group="mechanisms",
    pool="weights",
    kinds=("numpy", "parquet"),
)
