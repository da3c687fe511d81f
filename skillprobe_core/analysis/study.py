"""Analyses of all checkpoints together: onsets, transfer, the cost of a gain, law fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import polars as pl

from skillprobe_core.analysis.law_fits import law_fits
from skillprobe_core.analysis.matched_gain import matched_gain
from skillprobe_core.analysis.onset import change_onsets
from skillprobe_core.analysis.pareto import gain_and_drop
from skillprobe_core.analysis.profile import profile_summary
from skillprobe_core.analysis.sign_flips import flips_that_fit
from skillprobe_core.analysis.study_tests import study_tests
from skillprobe_core.analysis.targets import is_target
from skillprobe_core.analysis.transfer import transfer_index
from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.change_onsets import CHANGE_ONSETS
from skillprobe_core.measurements.law_fits import LAW_FITS
from skillprobe_core.measurements.matched_gain import MATCHED_GAIN
from skillprobe_core.measurements.study_measures import STUDY_MEASURES
from skillprobe_core.measurements.study_points import STUDY_POINTS
from skillprobe_core.measurements.study_tests import STUDY_TESTS
from skillprobe_core.measurements.transfer import TRANSFER

Cells = list[tuple[str, str]]


def study(
    verdicts: pl.DataFrame,
    checkpoints: pl.DataFrame,
    measures: pl.DataFrame,
    items: pl.DataFrame,
    targets: Cells,
) -> dict[str, pl.DataFrame]:
    """The study's tables by name, for one item set.

    verdicts: of any number of models, including bases (step 0); checkpoints: the table of that name, which gives each
    model's base; measures: `study_measures`; targets: the (skill, domain) cells that were trained on, empty if unknown.
    Models of one base are tested together, and those of different methods are also compared at matched gain; law fits
    use all models. A model without verdicts of its base is left out.
    Raises StoreError when two checkpoints of a base did not answer the same items.
    """
    parts: dict[str, list[pl.DataFrame]] = {table.name: [] for table in _TABLES}
    parts[STUDY_MEASURES.name].append(measures)
    item_set = pl.lit(items["item_set"][0]).alias("item_set")
    for base, models in _by_base(verdicts, checkpoints):
        of_models = verdicts.filter(pl.col("model").is_in(models))
        base_verdicts = of_models.filter((pl.col("model") == models[0]) & (pl.col("step") == 0))
        tuned = of_models.filter(pl.col("step") > 0)
        if tuned.is_empty():
            continue
        results = tuned.select("model", "step").unique().height * (items.select("skill", "domain").n_unique() + 10)
        tests = study_tests(
            tuned,
            base_verdicts,
            items,
            base_model=models[0],
            flips=flips_that_fit(results),
        )
        parts[STUDY_TESTS.name].append(tests)
        parts[STUDY_POINTS.name].append(_points(tests, checkpoints, targets).with_columns(pl.lit(base).alias("base")))
        for model in models:
            steps = tuned.filter(pl.col("model") == model)
            if steps.height:
                parts[CHANGE_ONSETS.name].append(change_onsets(steps, base_verdicts, items).with_columns(item_set))
        for domain in sorted({domain for _, domain in targets}):
            parts[TRANSFER.name].append(transfer_index(tests, target=domain))
        if targets:
            for one, other in _to_match(tuned, checkpoints):
                mine, others = (tuned.filter(pl.col("model") == model) for model in (one, other))
                matched = matched_gain(mine, others, tests, items, targets)
                parts[MATCHED_GAIN.name].append(matched.with_columns(item_set))
    points = pl.concat(parts[STUDY_POINTS.name]) if parts[STUDY_POINTS.name] else None
    if points is not None:
        laws = law_fits(law_points(points, measures))
        if laws.width:
            parts[LAW_FITS.name].append(laws.with_columns(item_set))
    return {table.name: _whole(table, parts[table.name]) for table in _TABLES}


def _to_match(tuned: pl.DataFrame, checkpoints: pl.DataFrame) -> list[tuple[str, str]]:
    """Pairs of models to compare at matched gain: those of different methods, or all if there is only one method."""
    methods = checkpoints.filter(pl.col("step") > 0).group_by("model").agg(pl.col("method").last())
    of = dict(methods.iter_rows())
    pairs = list(combinations(sorted(tuned["model"].unique()), 2))
    across = [(one, other) for one, other in pairs if of.get(one) != of.get(other)]
    return across or pairs


def law_points(points: pl.DataFrame, measures: pl.DataFrame) -> pl.DataFrame:
    """Data of the law fits: one row per checkpoint, including bases, with `forgetting` and a column per measure.

    A base has forgotten nothing, and its measures are those of no change.
    """
    wide = measures.pivot("measure", index=["model", "step"], values="value", sort_columns=True)
    bases = wide.filter((pl.col("step") == 0) & pl.col("model").is_in(points["model"].unique().implode()))
    forgetting = pl.concat(
        [points.select("model", "step", "forgetting"), bases.select("model", "step", forgetting=pl.lit(0.0))]
    )
    return forgetting.join(wide, on=["model", "step"], how="left").sort("model", "step")


_TABLES: tuple[Table, ...] = (
    STUDY_TESTS, STUDY_POINTS, STUDY_MEASURES, CHANGE_ONSETS, TRANSFER, MATCHED_GAIN, LAW_FITS,
)  # fmt: skip


def _by_base(verdicts: pl.DataFrame, checkpoints: pl.DataFrame) -> Iterator[tuple[str, Sequence[str]]]:
    """Digest of each base with the models trained from it that have verdicts of it, sorted."""
    judged = verdicts.filter(pl.col("step") == 0)["model"].unique()
    bases = checkpoints.filter((pl.col("step") == 0) & pl.col("model").is_in(judged.implode())).select(
        "model", "digest"
    )
    for (digest,), models in bases.sort("digest", "model").group_by("digest", maintain_order=True):
        yield str(digest), models["model"].to_list()


def _points(tests: pl.DataFrame, checkpoints: pl.DataFrame, targets: Cells) -> pl.DataFrame:
    keys = ["model", "step", "item_set"]
    forgetting = (
        tests.filter(pl.col("scope") == "cell")
        .group_by(keys)
        .agg(
            (-pl.col("change").clip(upper_bound=0.0)).filter(~is_target(targets)).mean().alias("forgetting"),
            pl.col("persistent").sum().alias("persistent"),
        )
    )
    return (
        gain_and_drop(tests, targets)
        .join(forgetting, on=keys)
        .join(profile_summary(tests).drop("cells", "worst_change", "worst_skill", "worst_domain"), on=keys)
        .join(checkpoints.select("model", "step", "method"), on=["model", "step"], how="left")
        .with_columns(targets=pl.lit(", ".join(f"{skill}/{domain}" for skill, domain in targets)))
        .drop("collapsed_cells")
        .sort("model", "step")
    )


def _whole(table: Table, parts: list[pl.DataFrame]) -> pl.DataFrame:
    return table.conform(pl.concat([pl.DataFrame(schema=table.polars_schema), *map(table.conform, parts)]))
