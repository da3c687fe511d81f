"""Checks that run after a checkpoint's tables are written: what a person should look at before trusting them."""

import warnings

import dagster as dg
import polars as pl

from skillprobe_core.store.schema import Table
from skillprobe_core.store.tables.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.store.tables.profile_tests import PROFILE_TESTS
from skillprobe_core.store.tables.skill_scores import SKILL_SCORES

from .assets.logit_divergence import logit_divergence
from .assets.profile_tests import profile_tests
from .assets.skill_scores import skill_scores
from .materialise import clear_failure
from .metadata import markdown_table
from .partitions import checkpoint_partitions
from .resources import ProjectResource

_UNPARSED_LIMIT = 0.5

# Results by checkpoint are what a person asks for; Dagster calls partitioned checks a preview and says so at each load.
warnings.filterwarnings(
    "ignore", message="Specifying a partitions_def on an AssetCheckSpec", category=dg.PreviewWarning
)


@dg.asset_check(
    asset=skill_scores,
    partitions_def=checkpoint_partitions,
    description=f"At most {_UNPARSED_LIMIT:.0%} of the completions are without a recognisable answer. "
    "Above that the accuracy says more about the answer's form than about the skill.",
)
def answers_are_parsed(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn when too few answers can be read."""
    frame = _stored(context, project, SKILL_SCORES).filter((pl.col("domain") == "all") & (pl.col("level") == 0))
    rate = frame.filter(pl.col("skill") == "all")["unparsed_rate"][0]
    return dg.AssetCheckResult(
        passed=bool(rate <= _UNPARSED_LIMIT),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{rate:.1%} of the completions have no recognisable answer",
        metadata={
            "unparsed_rate": float(rate),
            "per_skill": markdown_table(frame.select("skill", "unparsed_rate").sort("skill"), {"unparsed_rate": ".3f"}),
        },
    )


@dg.asset_check(
    asset=logit_divergence,
    partitions_def=checkpoint_partitions,
    description="Every divergence is a finite number and none is negative.",
)
def divergences_are_finite(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Fail when a divergence is impossible."""
    frame = _stored(context, project, LOGIT_DIVERGENCE)
    measures = ("forward_kl", "reverse_kl", "js", "tv")
    sound = pl.all_horizontal(
        pl.col(*measures).is_finite() & (pl.col(*measures) >= 0) & pl.col(*measures).is_not_null()
    )
    broken = frame.filter(~sound)
    return dg.AssetCheckResult(
        passed=broken.is_empty(),
        description=f"{broken.height} of {frame.height} rows hold an impossible value",
        metadata={"rows": broken.height, "items": ", ".join(broken["item_id"].head(10))},
    )


@dg.asset_check(
    asset=profile_tests,
    partitions_def=checkpoint_partitions,
    description="No cell fell below the base by more than the margin, tested and adjusted over the cells.",
)
def no_skill_collapsed(context: dg.AssetCheckExecutionContext, project: ProjectResource) -> dg.AssetCheckResult:
    """Warn of a collapse; without one, say how large a drop would have been seen."""
    cells = _stored(context, project, PROFILE_TESTS).filter(pl.col("scope") == "cell")
    collapsed = cells.filter("collapse").select("skill", "domain", "base_accuracy", "accuracy", "upper_limit")
    named = ", ".join(collapsed.select(pl.format("{} in {}", "skill", "domain")).to_series())
    seen = cells.select(pl.col("detectable_collapse").max()).item()
    unseen = "" if seen is None else f"; a drop of {seen:.2f} would have been found in any cell (power 80 %)"
    return dg.AssetCheckResult(
        passed=collapsed.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"collapsed: {named}" if named else f"no cell collapsed{unseen}",
        metadata={
            "cells": collapsed.height,
            "collapsed": markdown_table(collapsed, dict.fromkeys(collapsed.columns[2:], ".3f")),
        },
    )


CHECKS = (answers_are_parsed, divergences_are_finite, no_skill_collapsed)


def _stored(context: dg.AssetCheckExecutionContext, project: ProjectResource, table: Table) -> pl.DataFrame:
    with clear_failure():
        return project.open().probe(context.op_execution_context.partition_key).stored(table)
