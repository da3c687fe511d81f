"""Runs in a process of its own: uses all nine plugins of a store, and prints where the product shows them as JSON.

Its argument is a store with rows that are older than the plugins.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from typer.testing import CliRunner

from skillprobe_core.engine.up_to_date import provenance_of
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.study.checkpoint_measures import checkpoint_measures
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.show.cli.main import app


def command(*words: str) -> str:
    """The output of `skillprobe WORDS`, which has to succeed."""
    done = CliRunner(env={"COLUMNS": "300"}).invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def rows(query: str) -> list[dict[str, str]]:
    """The rows of `skillprobe sql QUERY`, as text by column."""
    return pl.read_csv(command("sql", query, "--format", "csv").encode(), infer_schema=False).to_dicts()


def of_dagster(home: Path) -> dict[str, Any]:
    """Assets of the store's definitions with their columns, and the metadata of a materialised checkpoint."""
    from skillprobe_dagster.definitions import build_defs

    defs = build_defs(home)
    assets = {}
    for node in defs.resolve_asset_graph().asset_nodes:
        schema = node.metadata.get("dagster/column_schema")
        assets[node.key.to_user_string()] = {
            "columns": [] if schema is None else [column.name for column in getattr(schema, "value", schema).columns],
            "parents": sorted(key.to_user_string() for key in node.parent_keys),
            "group": node.group_name,
        }
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("checkpoint", ["exp/10"])
        result = defs.resolve_job_def("probe_checkpoint").execute_in_process(partition_key="exp/10", instance=instance)
        metadata = {
            event.step_key: event.step_materialization_data.materialization.metadata
            for event in result.get_asset_materialization_events()
            if event.step_materialization_data.materialization.partition == "exp/10"
        }
        checks = {each.check_name: each.passed for each in result.get_asset_check_evaluations()}
    return {
        "assets": assets,
        "divergence": metadata["logit_divergence"]["mean_per_token"].value,
        "signs_changed": metadata["parameter_stats"]["signs_changed"].value,
        "figure": metadata["logit_divergence"]["figure"].value,
        "checks": checks,
    }


def before_and_after(store: Path) -> dict[str, Any]:
    """A store whose rows are older than the plugins: what is read of them, and what is computed again."""
    os.environ["SKILLPROBE_HOME"] = str(store)
    project = Project.open()
    probe = project.probe("tiny-sft/10")
    measured = (LOGIT_DIVERGENCE, PARAMETER_STATS)
    stored = {table.name: project.store.provenance(table, probe.partition(table)) for table in measured}
    columns = rows("SELECT count(*) AS n, count(hellinger) AS known FROM logit_divergence WHERE step = 10")[0]
    frames = [project.store.read(table, probe.partition(table)) for table in measured]
    measures = checkpoint_measures(*frames, probe.item_set)["measure"].to_list()
    first = {f"{each.table}/{each.step}": each.reused for each in run_tables(probe)}
    again = {f"{each.table}/{each.step}": each.reused for each in run_tables(probe)}
    command("noise", "tiny-sft@10", "--per-level", "1", "--levels", "1")
    noise = rows("SELECT variation, same_share, hellinger FROM all_protocols.noise_floor WHERE skill = 'all'")
    return {
        "columns": columns,
        "noise": noise,
        "measures": measures,
        "first": first,
        "again": again,
        "named": {name: "measures" in found.inputs for name, found in stored.items() if found},
        "named_now": {table.name: "measures" in provenance_of(table, probe).inputs for table in measured},
    }


def main(old_store: Path) -> dict[str, Any]:
    """Everything that the tests look at."""
    home = Path(os.environ["SKILLPROBE_HOME"])
    shown: dict[str, Any] = {}
    shown["imported"] = command("items", "import", "capitals")
    shown["sources"] = command("items", "sources")
    shown["battery"] = command("items", "check", str(home / "my_kind.py"), "--count", "20")
    shown["item"] = command("items", "show", "listed_sum")
    shown["watched"] = command("watch", "--once")
    shown["items"] = rows("SELECT kind, source, count(*) AS n FROM items GROUP BY ALL")
    shown["verdicts"] = rows(
        "SELECT kind, count(*) AS n FROM verdicts JOIN items USING (item_set, item_id) WHERE step = 10 GROUP BY ALL"
    )
    shown["generations"] = rows("SELECT DISTINCT step, backend FROM generations")
    shown["checkpoints"] = rows("SELECT model, step FROM checkpoints ORDER BY step")
    shown["divergence"] = rows(
        "SELECT item_id, hellinger, forward_kl, tv FROM logit_divergence WHERE step = 10 AND text = 'reference'"
    )
    shown["tokens"] = rows(
        "SELECT item_id, avg(hellinger) AS hellinger FROM token_divergence "
        "WHERE step = 10 AND text = 'reference' GROUP BY item_id"
    )
    shown["weights"] = rows("SELECT tensor, signs_changed FROM parameter_stats WHERE step = 10 AND status = 'compared'")
    shown["lengths"] = rows("SELECT * FROM answer_length ORDER BY step")
    shown["longest"] = rows(
        "SELECT step, max(length(completion)) AS characters FROM generations GROUP BY step ORDER BY step"
    )
    shown["comments"] = rows(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'main' "
        "AND column_name IN ('hellinger', 'signs_changed', 'characters')"
    )
    shown["parameters"] = command("parameters", "exp@10", "--by", "model")
    shown["list"] = command("sql", "--list")
    shown["query"] = command("sql", "--named", "longest_answers", "exp", "2", "--format", "csv")
    shown["logged"] = command("scores", "--log-to", "jsonl", "--log-dir", str(home / "logged"))
    shown["lines"] = (home / "logged" / "scores.jsonl").read_text().splitlines()
    command("study")
    shown["study_measures"] = rows("SELECT measure, value FROM study_measures WHERE step = 10")
    command("report", "--out", str(home / "report.html"))
    page = (home / "report.html").read_text()
    shown["report"] = [text for text in ("Hellinger distance", "signs changed") if text in page]
    shown["python"] = Settings(plugins=(str(home / "my_kind.py"),)).plugins[0]
    shown["dagster"] = of_dagster(home)
    shown["old_store"] = before_and_after(old_store)
    return shown


if __name__ == "__main__":
    found = main(*(Path(each) for each in sys.argv[1:]))
    print("\n" + json.dumps(found))
