"""Checks on a checkpoint's tables after they are written: warnings to look at before trusting the results."""

import warnings

import dagster as dg
import polars as pl

from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.measurements.profile_tests import PROFILE_TESTS
from skillprobe_core.measurements.skill_scores import SKILL_SCORES
from skillprobe_core.pipeline.judged import steps_with_other_items, stored_noise
from skillprobe_core.pipeline.live import drops_so_far, tell_drops

from .assets.logit_divergence import logit_divergence
from .assets.profile_tests import profile_tests
from .assets.skill_scores import skill_scores
from .materialise import clear_failure
from .metadata import markdown_table
from .partitions import checkpoint_partitions
from .resources import ProjectResource

_LEVEL = 0.05

# Check results per checkpoint need partitioned checks, which Dagster marks as a preview with a warning at each load.
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)


@dg.asset_check(
    asset=skill_scores,
    partitions_def=checkpoint_partitions,
    description="The share of completions whose answer cannot be read (unparsed or malformed) is within "
    "`unparsed_limit` ([checks] in skillprobe.toml). Above the limit the accuracy reflects the answer format more than "
    "the skill.",
)
def answers_are_parsed(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn when too many completions have no answer that can be read.

    Cut completions without an answer line are not among them: they are truncated, and `answers_are_whole` counts them.
    """
    limit = project.open().settings.checks.unparsed_limit
    names = ("unparsed_rate", "malformed_rate")
    return _within(_stored(context, project, SKILL_SCORES), names, limit, "have no readable answer")


@dg.asset_check(
    asset=skill_scores,
    partitions_def=checkpoint_partitions,
    description="The share of completions cut at the token limit, or not generated because the prompt exceeds the "
    "model's context, is within `truncated_limit` ([checks] in skillprobe.toml). Above the limit the accuracy reflects "
    "`max_new_tokens` or the context length more than the skill.",
)
def answers_are_whole(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn when too many completions were cut at the token limit, or had no room at all."""
    limit = project.open().settings.checks.truncated_limit
    names = ("truncated_rate", "too_long_rate")
    return _within(_stored(context, project, SKILL_SCORES), names, limit, "were cut or had no room in the context")


@dg.asset_check(
    asset=skill_scores,
    partitions_def=checkpoint_partitions,
    description="All checkpoints of the model were evaluated on the same item set. Otherwise a step in the trajectory "
    "may come from the items instead of the model.",
)
def items_are_those_of_the_model(
    context: dg.AssetCheckExecutionContext, project: ProjectResource
) -> dg.AssetCheckResult:
    """Warn when the item set changed between a model's checkpoints."""
    with clear_failure():
        opened = project.open()
        probe = opened.probe(context.op_execution_context.partition_key)
        others = steps_with_other_items(opened.store, probe.checkpoint.model, probe.item_set)
    listed = ", ".join(str(step) for step in others[:10]) + (", ..." if len(others) > 10 else "")
    return dg.AssetCheckResult(
        passed=not others,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"steps {listed} were evaluated on another item set: materialise them again before comparing"
        if others
        else f"all checkpoints of the model were evaluated on item set {probe.item_set}",
        metadata={"item_set": probe.item_set, "steps_with_other_items": len(others)},
    )


@dg.asset_check(
    asset=logit_divergence,
    partitions_def=checkpoint_partitions,
    description="Every divergence is a finite number and none is negative.",
)
def divergences_are_finite(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Fail when a divergence has an impossible value."""
    frame = _stored(context, project, LOGIT_DIVERGENCE).filter(pl.col("tokens") > 0)
    measures = ("forward_kl", "reverse_kl", "js", "tv")
    sound = pl.all_horizontal(
        pl.col(*measures).is_finite() & (pl.col(*measures) >= 0) & pl.col(*measures).is_not_null()
    )
    broken = frame.filter(~sound)
    return dg.AssetCheckResult(
        passed=broken.is_empty(),
        description=f"{broken.height} of {frame.height} rows have a divergence that is negative or not finite",
        metadata={"rows": broken.height, "items": ", ".join(broken["item_id"].head(10))},
    )


@dg.asset_check(
    asset=profile_tests,
    partitions_def=checkpoint_partitions,
    description="No cell has a significant drop of more than the margin below the base (adjusted over the cells).",
)
def no_skill_collapsed(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn about a collapse; without one, report the minimum detectable drop."""
    cells = _stored(context, project, PROFILE_TESTS).filter(pl.col("scope") == "cell")
    collapsed = cells.filter("collapse").select("skill", "domain", "base_accuracy", "accuracy", "upper_limit")
    named = ", ".join(collapsed.select(pl.format("{} in {}", "skill", "domain")).to_series())
    # A cell cannot drop by more than its base accuracy, and 1 means that so few items cannot show any drop.
    told = cells.filter(
        (pl.col("detectable_collapse") < 1) & (pl.col("detectable_collapse") <= pl.col("base_accuracy"))
    )
    seen = told.select(pl.col("detectable_collapse").max()).item()
    where = "" if told.height == cells.height else f" in {told.height} of {cells.height} cells, none in the others"
    unseen = "no drop was detectable" if seen is None else f"minimum detectable drop at 80 % power: {seen:.2f}{where}"
    return dg.AssetCheckResult(
        passed=collapsed.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"collapsed: {named}" if named else f"no cell collapsed ({unseen})",
        metadata={
            "cells": collapsed.height,
            "collapsed": markdown_table(collapsed, dict.fromkeys(collapsed.columns[2:], ".3f")),
        },
    )


@dg.asset_check(
    asset=profile_tests,
    partitions_def=checkpoint_partitions,
    description="No cell has a significant drop so far, tested after each checkpoint. The error rate of 5 % covers all "
    "tests of the run, so that watching it live raises no more false alarms than a single test.",
)
def nothing_dropped_so_far(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn about drops that are significant in sequential tests."""
    with clear_failure():
        probe = project.open().probe(context.op_execution_context.partition_key)
        drops = drops_so_far(probe.store, probe.checkpoint.model, probe.checkpoint.step, probe.items)
    return dg.AssetCheckResult(
        passed=drops.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=tell_drops(drops),
        metadata={"cells": drops.height, "dropped": markdown_table(drops, {"change": "+.3f"})},
    )


@dg.asset_check(
    asset=profile_tests,
    partitions_def=checkpoint_partitions,
    description="Every significant change exceeds the noise floor measured by `skillprobe noise`: the differences "
    "between runs of the same weights with other batch sizes, types and backends.",
)
def changes_exceed_noise(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn about significant changes that numerical noise alone could explain."""
    from skillprobe_core.analysis.noise_floor import with_noise_floor

    tests = _stored(context, project, PROFILE_TESTS)
    with clear_failure():
        model = project.open().probe(context.op_execution_context.partition_key).checkpoint.model
        judged = with_noise_floor(tests, stored_noise(project.open().store, [model]))
    moved = judged.filter((pl.col("p_adjusted") <= _LEVEL) & (pl.col("scope") != "overall"))
    doubtful = moved.filter(~pl.col("above_noise"))
    measured = judged["noise_floor"].null_count() < judged.height
    named = ", ".join(doubtful.select(pl.format("{} in {}", "skill", "domain")).to_series())
    told = (
        f"significant, but within the noise floor: {named}"
        if named
        else f"significant changes: {moved.height}, all above the noise floor"
    )
    shown = doubtful.select("skill", "domain", "change", "p_adjusted", "noise_floor")
    return dg.AssetCheckResult(
        passed=doubtful.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=told if measured else f"noise floor not measured: run `skillprobe noise {model}@0`",
        metadata={"changes": markdown_table(shown, dict.fromkeys(shown.columns[2:], ".3f")), "measured": measured},
    )


CHECKS = (
    answers_are_parsed,
    answers_are_whole,
    items_are_those_of_the_model,
    divergences_are_finite,
    no_skill_collapsed,
    nothing_dropped_so_far,
    changes_exceed_noise,
)


def _within(scores: pl.DataFrame, names: tuple[str, ...], limit: float, what: str) -> dg.AssetCheckResult:
    """A check that the sum of some rates over all items is within a limit."""
    frame = scores.filter((pl.col("domain") == "all") & (pl.col("level") == 0))
    rates = {name: float(frame.filter(pl.col("skill") == "all")[name][0]) for name in names}
    rate = sum(rates.values())
    return dg.AssetCheckResult(
        passed=rate <= limit,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{rate:.1%} of the completions {what} (limit {limit:.0%})",
        metadata={
            **rates,
            "limit": limit,
            "per_skill": markdown_table(frame.select("skill", *names).sort("skill"), dict.fromkeys(names, ".3f")),
        },
    )


def _stored(context: dg.AssetCheckExecutionContext, project: ProjectResource, table: Table) -> pl.DataFrame:
    with clear_failure():
        return project.open().probe(context.op_execution_context.partition_key).stored(table)
