"""The `calibration` table: confidence compared with accuracy, and unanswerable twins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure, Grid, Shown
from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.needs import ITEMS, base_rows, rows_if, setting
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

from .option_likelihoods_table import OPTION_LIKELIHOODS
from .twin_answers_table import TWIN_ANSWERS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _several_samples(probe: Probe) -> bool:
    return probe.settings.sampling.samples > 1


def _likelihood(probe: Probe) -> bool:
    return probe.settings.calibration.likelihood


def _twins(probe: Probe) -> bool:
    return probe.settings.calibration.twins > 0


def _verdicts(probe: Probe) -> bool:
    return _several_samples(probe) or _twins(probe)


def _requested(probe: Probe) -> bool:
    return _verdicts(probe) or _likelihood(probe)


def _compute(probe: Probe) -> pl.DataFrame:
    from .measure_calibration import measure_calibration

    return measure_calibration(probe)


def _headline(frame: pl.DataFrame) -> Shown:
    shown = frame.filter((pl.col("domain") == "all") & (pl.col("scope") != "domain"))
    of_confidence = shown.filter(pl.col("source") != "twins").select(
        "source", "skill", "items", "accuracy", "confidence", "overconfidence", "brier_score", "reliability",
        "resolution", "change", "p_adjusted",
    )  # fmt: skip
    of_twins = shown.filter(pl.col("source") == "twins").select(
        "skill", "twins", "recognised_rate", "answered_rate", "abstained_rate", "change", "p_adjusted"
    )
    return {
        name: Grid(grid, {column: ".3f" for column, dtype in grid.schema.items() if dtype == pl.Float64})
        for name, grid in {"confidence_and_accuracy": of_confidence, "unanswerable_twins": of_twins}.items()
        if grid.height
    }


_SHOWN = ("confidence", "accuracy")
_OF_TWINS = ("recognised_rate", "answered_rate", "abstained_rate")


def _figure(rows: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import Line, Panel, line_panels

    panels = []
    overall = rows.filter(scope="overall").sort("step")
    for source, of_source in overall.group_by("source", maintain_order=True):
        names = _OF_TWINS if source[0] == "twins" else _SHOWN
        steps = of_source["step"].to_list()
        lines = [Line(name.replace("_", " "), steps, of_source[name].to_list()) for name in names]
        panels.append(Panel(str(source[0]), lines, top=1.0))
    return line_panels(panels), "confidence and accuracy by source, and responses to twins, over steps"


_CONFIDENCE = "no source of confidence was measured"
_TWINS = "no twins were evaluated"
_PAIRED = "no item has a confidence on both sides"

CALIBRATION = Table(
    name="calibration",
    version=1,
    about="One row per source of confidence, cell and subtotal: confidence compared with accuracy, and with the base; "
    "rows of source twins hold the responses to questions that lack a premise",
    key=("model", "step", "protocol", "item_set", "source", "scope", "skill", "domain"),
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column(
            "source",
            pl.String,
            "agreement (share of the samples that gave the most frequent answer), likelihood (share of the most likely "
            "option among the options' likelihoods) or twins (unanswerable questions)",
        ),
        Column("scope", pl.String, "cell, skill, domain or overall: the family that p-values are adjusted over"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column(
            "items",
            pl.Int32,
            "Number of items with a confidence; of source twins, of the answerable items of the same kinds",
            "items",
        ),
        Column("units", pl.Int32, "Independent units that are resampled and flipped"),
        Column(
            "accuracy",
            pl.Float64,
            "Share of items whose most frequent answer, or most likely option, is right",
            may_be_null=_CONFIDENCE,
        ),
        Column("confidence", pl.Float64, "Mean confidence", may_be_null=_CONFIDENCE),
        Column("overconfidence", pl.Float64, "confidence - accuracy", may_be_null=_CONFIDENCE),
        Column(
            "overconfidence_low",
            pl.Float64,
            "Lower 95 % end of overconfidence by the bootstrap over units",
            may_be_null=_CONFIDENCE,
        ),
        Column("overconfidence_high", pl.Float64, "Upper 95 % end of overconfidence", may_be_null=_CONFIDENCE),
        Column(
            "brier_score",
            pl.Float64,
            "Mean of (confidence - right)², 0 to 1 (Brier 1950); reliability - resolution + uncertainty + "
            "within_bin_variance - within_bin_covariance",
            may_be_null=_CONFIDENCE,
        ),
        Column(
            "reliability",
            pl.Float64,
            "Mean over bins of (mean confidence - accuracy)² (Murphy 1973); 0 is best",
            may_be_null=_CONFIDENCE,
        ),
        Column(
            "resolution",
            pl.Float64,
            "Mean over bins of (accuracy of the bin - accuracy)² (Murphy 1973); more is better",
            may_be_null=_CONFIDENCE,
        ),
        Column("uncertainty", pl.Float64, "accuracy (1 - accuracy) (Murphy 1973)", may_be_null=_CONFIDENCE),
        Column(
            "within_bin_variance",
            pl.Float64,
            "Variance of the confidence within bins (Stephenson et al. 2008); 0 if each value is a bin",
            may_be_null=_CONFIDENCE,
        ),
        Column(
            "within_bin_covariance",
            pl.Float64,
            "Twice the covariance of confidence and right within bins (Stephenson et al. 2008)",
            may_be_null=_CONFIDENCE,
        ),
        Column(
            "bins",
            pl.Int32,
            "Number of bins that hold an item: every distinct value (agreement), or tenths (likelihood)",
            may_be_null=_CONFIDENCE,
        ),
        Column(
            "calibration_error",
            pl.Float64,
            "Mean over these bins of |mean confidence - accuracy|, weighted by items (expected calibration error)",
            may_be_null=_CONFIDENCE,
        ),
        Column("twins", pl.Int32, "Number of unanswerable twins", "items", may_be_null=_TWINS),
        Column(
            "recognised_rate",
            pl.Float64,
            "Share of answers to twins that state that the question cannot be answered",
            may_be_null=_TWINS,
        ),
        Column("recognised_low", pl.Float64, "Lower end of its 95 % Wilson interval", may_be_null=_TWINS),
        Column("recognised_high", pl.Float64, "Upper end of its 95 % Wilson interval", may_be_null=_TWINS),
        Column(
            "answered_rate", pl.Float64, "Share of answers to twins that give a value all the same", may_be_null=_TWINS
        ),
        Column(
            "abstained_rate",
            pl.Float64,
            "Share of answers to the answerable items that state that the question cannot be answered",
            may_be_null=_TWINS,
        ),
        Column("paired_items", pl.Int32, "Number of items, or twins, that the change from the base rests on", "items"),
        Column("base_overconfidence", pl.Float64, "overconfidence of the base on paired_items", may_be_null=_PAIRED),
        Column("base_recognised_rate", pl.Float64, "recognised_rate of the base", may_be_null=_TWINS),
        Column("base_abstained_rate", pl.Float64, "abstained_rate of the base", may_be_null=_TWINS),
        Column(
            "change",
            pl.Float64,
            "Change from the base of overconfidence, or of recognised_rate for source twins, on paired_items",
            may_be_null=_PAIRED,
        ),
        Column(
            "change_low",
            pl.Float64,
            "Lower 95 % end of change by the bootstrap over units",
            may_be_null=_PAIRED,
        ),
        Column("change_high", pl.Float64, "Upper 95 % end of change", may_be_null=_PAIRED),
        Column("p", pl.Float64, "Two-sided sign-flip p-value for the null of no change", may_be_null=_PAIRED),
        Column(
            "p_adjusted",
            pl.Float64,
            "p adjusted over the rows of source and scope (Westfall-Young step-down max-T)",
            may_be_null=_PAIRED,
        ),
        Column("brier_change", pl.Float64, "Change from the base of brier_score on paired_items", may_be_null=_PAIRED),
    ),
    more="Computed only if `samples` under [sampling] is above 1, or `likelihood` or `twins` is set under "
    "[calibration].",
    needs=(
        ITEMS,
        setting("calibration", lambda probe: probe.settings.calibration.canonical()),
        rows_if(VERDICTS, _verdicts),
        base_rows(VERDICTS, when=_verdicts),
        rows_if(GENERATIONS, _twins),
        base_rows(GENERATIONS, when=_twins),
        rows_if(OPTION_LIKELIHOODS, _likelihood),
        base_rows(OPTION_LIKELIHOODS, when=_likelihood),
        rows_if(TWIN_ANSWERS, _twins),
        base_rows(TWIN_ANSWERS, when=_twins),
    ),
    compute=_compute,
    enabled=_requested,
    headline=_headline,
    figure=Figure(_figure),
    group="skills",
    pool="device",
)
