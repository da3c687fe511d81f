"""Analyses of all checkpoints together: onsets, transfer, the cost of a gain, law fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_checkpoints
from skillprobe_core.stats.sign_flips import flips_that_fit

from .change_onsets import change_onsets
from .change_onsets_table import CHANGE_ONSETS
from .law_fits import law_fits
from .law_fits_table import LAW_FITS
from .matched_gain import PairedRun, matched_runs
from .matched_gain_table import MATCHED_GAIN
from .pareto import gain_and_drop
from .profile_summary import profile_summary
from .study_points_table import STUDY_POINTS
from .study_tests import study_tests
from .study_tests_table import STUDY_TESTS
from .target_cells import is_target
from .transfer import transfer_index
from .transfer_table import TRANSFER

Cells = list[tuple[str, str]]


def tests_of_all(verdicts: pl.DataFrame, checkpoints: pl.DataFrame, items: pl.DataFrame, margin: float) -> pl.DataFrame:
    """Table `study_tests`: the tests of all checkpoints, those of models of one base adjusted together.

    Args:
        verdicts: Of any number of models, including bases (step 0), on one item set. A model without verdicts of its
            base is left out.
        checkpoints: The table of that name, which gives each model's base.
        items: The items answered.
        margin: The drop that a collapse must exceed.

    Raises:
        StoreError: Two checkpoints of a base did not answer the same items.
    """
    parts = []
    for each in _by_base(verdicts, checkpoints):
        rows = sum(len(family.groups) for family in families(items))
        flips = flips_that_fit(each.tuned.select("model", "step").n_unique() * rows)
        found = study_tests(each.tuned, each.base, items, base_model=each.models[0], margin=margin, flips=flips)
        parts.append(found)
    return _whole(STUDY_TESTS, parts)


def onsets_of_all(verdicts: pl.DataFrame, checkpoints: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Table `change_onsets` of every model; the arguments are those of `tests_of_all`."""
    parts = []
    for each in _by_base(verdicts, checkpoints):
        for model in each.models:
            steps = each.tuned.filter(pl.col("model") == model)
            if steps.height:
                parts.append(change_onsets(steps, each.base, items).with_columns(_item_set(items)))
    return _whole(CHANGE_ONSETS, parts)


def points_of_all(tests: pl.DataFrame, checkpoints: pl.DataFrame, targets: Cells) -> pl.DataFrame:
    """Table `study_points` of rows of `study_tests`.

    targets: the (skill, domain) cells that were trained on, empty if unknown.
    """
    parts = [
        _points(of_base, checkpoints, targets).with_columns(pl.lit(base).alias("base"))
        for base, of_base in _tests_by_base(tests, checkpoints)
    ]
    return _whole(STUDY_POINTS, parts)


def transfer_of_all(tests: pl.DataFrame, checkpoints: pl.DataFrame, targets: Cells) -> pl.DataFrame:
    """Table `transfer` of rows of `study_tests`, for each domain among the targets."""
    parts = [
        transfer_index(of_base, target=domain)
        for _, of_base in _tests_by_base(tests, checkpoints)
        for domain in sorted({domain for _, domain in targets})
    ]
    return _whole(TRANSFER, parts)


def matched_of_all(
    verdicts: pl.DataFrame, checkpoints: pl.DataFrame, items: pl.DataFrame, targets: Cells
) -> pl.DataFrame:
    """Table `matched_gain`: models of one base, those of different methods if there are any; empty without targets."""
    parts = []
    for each in _by_base(verdicts, checkpoints) if targets else ():
        runs: dict[str, dict[int, pl.DataFrame]] = {}
        for (model, step), pairs in paired_checkpoints(each.tuned, each.base, items).items():
            runs.setdefault(model, {})[step] = pairs
        for one, other in _to_match(each.tuned, checkpoints):
            matched = matched_runs(PairedRun(one, runs[one]), PairedRun(other, runs[other]), targets)
            parts.append(matched.with_columns(_item_set(items)))
    return _whole(MATCHED_GAIN, parts)


def laws_of_all(points: pl.DataFrame, measures: pl.DataFrame) -> pl.DataFrame:
    """Table `law_fits` of rows of `study_points` and `study_measures`, over all models together."""
    if points.is_empty():
        return _whole(LAW_FITS, [])
    laws = law_fits(law_points(points, measures))
    item_set = pl.lit(points["item_set"][0]).alias("item_set")
    return _whole(LAW_FITS, [laws.with_columns(item_set)] if laws.width else [])


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


@dataclass(frozen=True, slots=True)
class _Base:
    """Models trained from one base: their verdicts without and with step 0."""

    models: Sequence[str]
    tuned: pl.DataFrame
    base: pl.DataFrame


def _by_base(verdicts: pl.DataFrame, checkpoints: pl.DataFrame) -> Iterator[_Base]:
    """Each base with the models trained from it that have verdicts of it, and of other checkpoints."""
    judged = verdicts.filter(pl.col("step") == 0)["model"].unique()
    for _, models in _models_by_base(judged, checkpoints):
        of_models = verdicts.filter(pl.col("model").is_in(models))
        base = of_models.filter((pl.col("model") == models[0]) & (pl.col("step") == 0))
        tuned = of_models.filter(pl.col("step") > 0)
        if tuned.height:
            yield _Base(models, tuned, base)


def _tests_by_base(tests: pl.DataFrame, checkpoints: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Digest of each base with the tests of the models trained from it."""
    for base, models in _models_by_base(tests["model"].unique(), checkpoints):
        yield base, tests.filter(pl.col("model").is_in(models))


def _models_by_base(models: pl.Series, checkpoints: pl.DataFrame) -> Iterator[tuple[str, Sequence[str]]]:
    bases = checkpoints.filter((pl.col("step") == 0) & pl.col("model").is_in(models.implode()))
    ordered = bases.select("model", "digest").sort("digest", "model")
    for (digest,), of_base in ordered.group_by("digest", maintain_order=True):
        yield str(digest), of_base["model"].to_list()


def _item_set(items: pl.DataFrame) -> pl.Expr:
    return pl.lit(items["item_set"][0]).alias("item_set")


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
    return table.conform(pl.concat([pl.DataFrame(schema=table.computed_schema), *map(table.conform, parts)]))
