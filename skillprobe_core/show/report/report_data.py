"""The report's data: rows of the stored tables, ready for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.calibration.calibration_table import CALIBRATION
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.noise.above_noise import with_noise_floor
from skillprobe_core.measurements.noise.stored_noise import stored_noise
from skillprobe_core.measurements.number_types.number_type_choice import types_used
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.parameters.parameter_summary import model_summary
from skillprobe_core.measurements.parameters.spectra_sample import sample_line
from skillprobe_core.measurements.pilots.base_protocol import pilot_of
from skillprobe_core.measurements.pilots.pilot_in_words import pilot_in_words
from skillprobe_core.measurements.protocols.evaluation_protocol import Record
from skillprobe_core.measurements.readings.format_shares_table import FORMAT_SHARES
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.study.checkpoint_measures import measure_labels
from skillprobe_core.measurements.study.onset_claims import dated_in_the_skill, dated_in_these_kinds
from skillprobe_core.measurements.study.study_analyses import law_points
from skillprobe_core.measurements.study.study_subject import StudyResult, in_batches, read_models
from skillprobe_core.measurements.training.metrics_with_skills import metrics_with_skills
from skillprobe_core.measurements.training.training_metrics_table import TRAINING_METRICS
from skillprobe_core.stats.significance import SIGNIFICANCE

from .calibration_tables import by_skill
from .forgotten_items import completions_of, shown_items, with_texts
from .format_tables import format_in_words, shown_shares
from .prompt_notes import warnings_for
from .results_in_words import CLAIMS, model_in_words

Rows: TypeAlias = list[dict[str, object]]


def report_data(store: Store, protocol: Record, found: StudyResult, items: pl.DataFrame) -> dict[str, object]:
    """All data that the report shows for a study's models; a stage that was not run has no rows."""
    models, frames = found.models, found.frames
    item_set, digest = protocol.item_set, protocol.protocol
    noise, pilot = stored_noise(store, digest, models), pilot_of(store, protocol)
    tests = with_noise_floor(frames["study_tests"], noise)
    forgotten = shown_items(found.study.verdicts, items)
    completions, asked = _completions(store, digest, models, forgotten)
    checkpoints = read_models(store, digest, CHECKPOINTS, models)
    scores = read_models(store, digest, SKILL_SCORES, models, _of_skills)
    formats = shown_shares(read_models(store, digest, FORMAT_SHARES, models, shown_shares))
    return {
        "item_set": item_set,
        "protocol": f"{digest}: {protocol.name}",
        "items": items.height,
        "pilot": None if pilot is None else pilot_in_words(pilot),
        "models": list(models),
        "significance": SIGNIFICANCE,
        "margin": found.study.margin,
        "claims": CLAIMS,
        "targets": found.study.targets,
        "study": found.version,
        "results": _results(store, digest, models, tests, frames["change_onsets"], formats),
        "skills": _skills(scores),
        "training": metrics_with_skills(read_models(store, digest, TRAINING_METRICS, models), scores).to_dicts(),
        "cells": tests.filter(pl.col("scope") == "cell").select(_CELL_COLUMNS).sort("model", "step").to_dicts(),
        "measures": measure_labels(),
        "drift": _drift(frames["study_points"], frames["study_measures"]),
        "laws": frames["law_fits"].drop(*_KEYS).sort("rank").to_dicts(),
        "onsets": _onsets(frames["change_onsets"]),
        "transfer": frames["transfer"].drop(*_KEYS).to_dicts(),
        "matched": frames["matched_gain"].drop(*_KEYS).to_dicts(),
        **_weights(in_batches(store, digest, PARAMETER_STATS, models)),
        "forgotten": with_texts(forgotten, completions, items),
        "calibration": _calibration(read_models(store, digest, CALIBRATION, models, by_skill)),
        "formats": formats.drop(*_KEYS).to_dicts(),
        "noise": noise.drop(*_KEYS).sort("model", "step", "skill", "variation").to_dicts(),
        "checkpoints": _checkpoints(
            checkpoints, asked, types_used(store, digest, store.partitions(GENERATIONS, digest))
        ),
    }


_KEYS = ("protocol", "item_set")  # one value in the whole report, shown once
_CELL_COLUMNS = (
    "model", "step", "skill", "domain", "items", "base_accuracy", "accuracy", "change", "change_low", "change_high",
    "p_gated", "collapse", "output_broken", "persistent", "detectable_collapse", "noise_floor", "well_formed_rate",
    "base_well_formed_rate", "well_formed_items", "well_formed_accuracy", "base_well_formed_accuracy", "uncut_items",
    "uncut_change", "uncut_change_low", "uncut_change_high", "uncut_p_adjusted",
)  # fmt: skip


def _results(
    store: Store,
    protocol: str,
    models: Sequence[str],
    tests: pl.DataFrame,
    onsets: pl.DataFrame,
    formats: pl.DataFrame,
) -> Rows:
    """The results of each model in words: warnings, last step, course of the run, format of the last falls."""
    rows: Rows = []
    for model in models:
        warnings = warnings_for(store, protocol, [(model, step) for step in store.steps(GENERATIONS, model, protocol)])
        found = model_in_words(model, tests.filter(model=model), onsets.filter(model=model))
        said = [f"{warning[:1].upper()}{warning[1:]}." for warning in warnings]
        last = formats.filter(model=model).filter(pl.col("step") == pl.col("step").max())
        evidence = [*said, *found.evidence, *format_in_words(last)]
        rows.append({"model": model, "result": found.result, "evidence": evidence})
    return rows


def _of_skills(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.filter((pl.col("domain") == "all") & (pl.col("level") == 0))


def _skills(scores: pl.DataFrame) -> Rows:
    shown = scores.select(
        "model", "step", "skill", "accuracy", "accuracy_low", "accuracy_high", "chance",
        "well_formed_accuracy", "malformed_rate", "unparsed_rate", "truncated_rate", "looped_rate", "too_long_rate",
    )  # fmt: skip
    return shown.sort("model", "skill", "step").to_dicts()


def _drift(points: pl.DataFrame, measures: pl.DataFrame) -> Rows:
    """One row per checkpoint, bases included: every measure, drift of the profile, gain, drop and forgetting."""
    if points.is_empty():
        return []
    about = points.select(
        "model", "step", "gain", "drop", "on_front", "drift", "drift_noise", "imbalance", "collapsed",
        "output_broken", "persistent",
    )  # fmt: skip
    rows = law_points(points, measures).join(about, on=["model", "step"], how="left")
    nothing = ("gain", "drop", "drift")
    base = pl.col("step") == 0
    return (
        rows.with_columns(pl.when(base).then(0.0).otherwise(pl.col(name)).alias(name) for name in nothing)
        .sort("model", "step")
        .to_dicts()
    )


def _onsets(onsets: pl.DataFrame) -> Rows:
    """Cells and skills with a dated lasting change; `in_the_skill` is true where kinds as clusters support it."""
    dated = onsets.filter(dated_in_these_kinds() & pl.col("scope").is_in(["cell", "skill"]))
    named = dated.with_columns(in_the_skill=dated_in_the_skill()).drop(*_KEYS, "scope")
    surest = ("model", "in_the_skill", "p", "kind_p", "skill", "domain")
    return named.sort(surest, descending=[name == "in_the_skill" for name in surest]).to_dicts()


def _weights(weights: Iterable[pl.DataFrame]) -> dict[str, object]:
    """Relative norm of the update by layer, and for each model whose spectra are of a sample, a sentence about it."""
    parts, sampled = [], {}
    for rows in weights:
        of_base = rows.filter(pl.col("compared_with") == "base")
        parts.append(model_summary(of_base, ("layer",)).select("model", "step", "layer", "relative_norm"))
        for (model, _), of_one in of_base.sort("model", "step").group_by("model", "step", maintain_order=True):
            sampled[model] = sample_line(of_one)
    lines = [f"Spectral measures of {model} are {line}." for model, line in sampled.items() if line]
    layers = pl.concat(parts).sort("model", "step", "layer").to_dicts() if parts else []
    return {"layers": layers, "spectra": " ".join(lines)}


def _completions(
    store: Store, protocol: str, models: Sequence[str], forgotten: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Completions of the forgotten items that are shown, and how each checkpoint was evaluated.

    Completions are the largest table of a store, so only those shown are kept.
    """
    shown, asked = [], []
    for rows in in_batches(store, protocol, GENERATIONS, models):
        shown.append(completions_of(forgotten, rows))
        of_each = fair(rows).group_by("model", "step")
        asked.append(of_each.agg(pl.col("backend").first(), pl.col("sampling").first(), pl.len().alias("answers")))
    empty = pl.DataFrame(schema=GENERATIONS.polars_schema)
    return (
        pl.concat([completions_of(forgotten, empty), *shown]),
        pl.concat(asked) if asked else empty.select("model", "step", "backend", "sampling", answers=pl.lit(0)),
    )


def _calibration(rows: pl.DataFrame) -> Rows:
    """Confidence and responses to twins by skill, in the order of the printed tables."""
    return by_skill(rows).drop(*_KEYS, "scope", "domain").to_dicts()


def _checkpoints(checkpoints: pl.DataFrame, asked: pl.DataFrame, types: pl.DataFrame) -> Rows:
    """The evaluated checkpoints with digest, backend, number type and sampling settings."""
    return (
        checkpoints.drop("tokenizer_digest", "weights_digest")
        .join(asked, on=["model", "step"], how="left")
        .join(types.rename({"dtype": "run_in", "reason": "run_in_because"}), on=["model", "step"], how="left")
        .sort("model", "step")
        .to_dicts()
    )
