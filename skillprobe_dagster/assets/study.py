"""`study` and `report`: all checkpoints of the chosen models together, as tables and as one page."""

import time
from collections.abc import Mapping

import dagster as dg
import polars as pl

from skillprobe_core.pipeline.judged import judged_items
from skillprobe_core.pipeline.study import StudyResult, write_study
from skillprobe_core.store.parquet import Partition
from skillprobe_core.store.registry import STUDY_TABLES
from skillprobe_dagster.materialise import clear_failure
from skillprobe_dagster.metadata import Metadata, markdown_table, origin_metadata
from skillprobe_dagster.owners import OWNERS
from skillprobe_dagster.resources import ProjectResource

from .logit_divergence import logit_divergence
from .parameter_stats import parameter_stats
from .profile_tests import profile_tests

# A failed checkpoint leaves its partition missing; that must not block the study of the others.
_WHEN_QUIET = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())
_LEVEL = 0.05


@dg.asset(
    description="Analysis of all checkpoints together, as tables: tests adjusted over cells and steps, the step at "
    "which each skill changed lastingly, the cost of the gain (Pareto front, comparison at matched gain), transfer, "
    "and predictors of forgetting. Models and targets are set under [study] in skillprobe.toml.",
    deps=[profile_tests, logit_divergence, parameter_stats],
    group_name="study",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    code_version=".".join(str(table.version) for table in STUDY_TABLES),
    metadata={"tables": ", ".join(table.name for table in STUDY_TABLES)},
    automation_condition=_WHEN_QUIET,
)
def study(project: ProjectResource) -> dg.MaterializeResult[None]:
    """Analyse the stored checkpoints."""
    with clear_failure():
        opened = project.open()
        protocol = opened.protocol()
        items = judged_items(opened.store, protocol.protocol)
        settings = opened.settings.study
        found = write_study(opened.store, protocol.protocol, settings.models, items, settings.targets)
        path = opened.store.path(STUDY_TABLES[0], Partition.of_protocol(protocol.protocol))
    return dg.MaterializeResult(
        data_version=dg.DataVersion(found.provenance.data_version),
        metadata={**_headline(found), **origin_metadata(found.provenance, path), "reused": found.reused},
    )


@dg.asset(
    description="The report: one HTML file that needs no network. It uses the settings of the study.",
    deps=[study],
    group_name="study",
    kinds={"plotly", "html"},
    owners=OWNERS,
    code_version="1",
    automation_condition=_WHEN_QUIET,
)
def report(project: ProjectResource) -> dg.MaterializeResult[None]:
    """Write the report to `report.html` in the store's folder."""
    from skillprobe_core.report.html import write_report

    started = time.monotonic()
    with clear_failure():
        opened = project.open()
        settings = opened.settings.study
        page = write_report(
            opened.store, opened.store.root / "report.html", settings.models, opened.protocol(), settings.targets
        )
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(page),
            "open": dg.MetadataValue.url(page.as_uri()),
            "megabytes": round(page.stat().st_size / 1e6, 2),
            "seconds": round(time.monotonic() - started, 3),
        }
    )


def _headline(found: StudyResult) -> Metadata:
    from skillprobe_core.report.small_figures import price_of_gain

    frames: Mapping[str, pl.DataFrame] = found.frames
    points, onsets, laws = frames["study_points"], frames["change_onsets"], frames["law_fits"]
    lasting = onsets.filter((pl.col("p") <= _LEVEL) & (pl.col("scope") == "cell")).sort("model", "onset_step")
    last = points.sort("step").group_by("model", maintain_order=True).last().sort("model")
    shown_points = last.select("model", "step", "gain", "drop", "on_front", "drift", "collapsed", "persistent")
    shown_onsets = lasting.select("model", "skill", "domain", "onset_step", "onset_low", "onset_high", "shift", "p")
    shown_laws = laws.head(8).select("rank", "measure", "r2", "r2_low", "r2_high", "r2_new_model")
    return {
        **({"figure": dg.MetadataValue.md(price_of_gain(points))} if points.height else {}),
        "models": len(found.models),
        "checkpoints": points.height,
        "persistent_collapses": int(points["persistent"].sum()),
        "last_steps": markdown_table(shown_points, dict.fromkeys(("gain", "drop", "drift"), ".3f")),
        "lasting_changes": markdown_table(shown_onsets, {"shift": "+.3f", "p": ".3g"}),
        "predictors_of_forgetting": markdown_table(shown_laws, dict.fromkeys(shown_laws.columns[2:], ".2f")),
        "dagster/row_count": sum(frame.height for frame in frames.values()),
    }
