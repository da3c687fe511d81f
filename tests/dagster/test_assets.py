import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import dagster as dg
import polars as pl
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from skillprobe_core.measurements.table_registry import all_tables, tables_of_checkpoints
from skillprobe_core.show.cli.main import app
from skillprobe_dagster import assets
from skillprobe_dagster.definitions import build_defs, defs
from tests.dagster.conftest import KINDS

ASSETS = [table.name for table in tables_of_checkpoints() if table.asset_name == table.name]
ON_REQUEST = ["calibration", "format_shares"]
PER_CHECKPOINT = [name for name in ASSETS if name not in ON_REQUEST]
# The trainer's own figures, of which these checkpoints have none.
OF_WEIGHTS = [name for name in PER_CHECKPOINT if name != "training_metrics"]


def probe(place, instance, key):
    """The job that the sensor requests, for one partition."""
    if not instance.has_dynamic_partition("checkpoint", key):
        instance.add_dynamic_partitions("checkpoint", [key])
    job = build_defs(place.home).resolve_job_def("probe_checkpoint")
    return job.execute_in_process(partition_key=key, instance=instance, raise_on_error=False)


def materialised(result):
    """(asset, partition) to materialisation, of one run."""
    events = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    return {(event.asset_key.to_user_string(), event.partition): event for event in events}


def failures(result):
    return {
        event.step_key: event.step_failure_data.user_failure_data.description
        for event in result.all_events
        if event.is_step_failure
    }


def files(place):
    return {path: path.stat().st_mtime_ns for path in place.home.glob("[!_]*/**/*.parquet")}


def test_every_table_is_an_asset_that_says_what_it_is():
    graph = defs.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == {
        "items", "base_spectra", *ASSETS, "base", "previous", "study", "report"
    }  # fmt: skip
    for table in all_tables():
        if table.asset_name != table.name or table.group == "study":
            continue
        node = graph.get(dg.AssetKey(table.name))
        assert node.description
        assert node.kinds
        assert node.owners
        assert node.group_name
        assert node.code_version
        # What is kept by the base's digest is an asset on the partitions of what depends on it.
        assert node.is_partitioned == (table.partitioned or table.name == "base_spectra")
        columns = node.metadata["dagster/column_schema"].columns
        assert [(column.name, bool(column.description)) for column in columns] == [
            (column.name, True) for column in table.columns
        ]


def test_one_run_fills_every_table_of_a_checkpoint_and_its_base(place, instance):
    place.arrive(10)
    result = probe(place, instance, "tiny/10")
    assert result.success, failures(result)
    events = materialised(result)
    started = [event.step_key for event in result.all_events if event.is_step_start]
    assert set(started[-2:]) == {"base_spectra", "parameter_stats"}, "no verdict and no check waits for spectra"
    expected = {(name, key) for name in (*PER_CHECKPOINT, "base_spectra") for key in ("tiny/0", "tiny/10")}
    one_each = {(name, "tiny/10") for name in ("base", "previous", *ON_REQUEST)}
    assert set(events) == expected | one_each | {("items", None)}
    for (name, key), event in events.items():
        assert event.tags["dagster/data_version"]
        if name in ON_REQUEST:
            assert event.metadata["computed"].value is False
        elif name not in {"base", "previous"}:
            metadata = event.metadata
            stored = pl.read_parquet(metadata["path"].path)
            assert metadata["dagster/row_count"].value == stored.height
            assert stored.height > 0 or name == "training_metrics"
            assert [record.data.keys() for record in metadata["preview"].records] == [
                dict.fromkeys(stored.columns).keys()
            ] * min(5, stored.height)
            assert metadata["computed_from"].data
            assert key is None or not stored.height or metadata["figure"].md_str.startswith("![")
            if key is not None and name != "base_spectra" and stored.height:
                assert stored["step"].unique().to_list() == [int(key.split("/")[1])]
    scores = pl.read_parquet(events["skill_scores", "tiny/10"].metadata["path"].path)
    overall = scores.filter(skill="all", domain="all", level=0)
    assert events["skill_scores", "tiny/10"].metadata["accuracy"].value == overall["accuracy"][0]
    assert events["parameter_stats", "tiny/10"].metadata["relative_norm"].value > 0
    assert events["parameter_stats", "tiny/0"].metadata["relative_norm"].value == 0
    assert events["logit_divergence", "tiny/10"].metadata["forward_kl_reference"].value > 0
    checks = {each.check_name: each for each in result.get_asset_check_evaluations()}
    assert {name: each.partition for name, each in checks.items()} == dict.fromkeys(
        (
            "answers_are_parsed", "answers_are_whole", "changes_exceed_noise", "divergences_are_finite",
            "items_are_those_of_the_model", "no_skill_collapsed", "nothing_dropped_so_far",
        ),
        "tiny/10",
    )  # fmt: skip
    unparsed = overall["unparsed_rate"][0]
    assert checks["answers_are_parsed"].passed == (unparsed <= 0.5)
    assert checks["divergences_are_finite"].passed
    # a random model writes no answer line, which the check says instead of a claim about skills
    found = checks["no_skill_collapsed"]
    assert not found.passed
    assert found.description.startswith("output broken: calculation in coding")


def test_a_table_on_request_is_computed_with_the_tables_of_its_asset(place, instance):
    place.arrive(10)
    file = place.home / "skillprobe.toml"
    text = file.read_text().replace(KINDS, 'kinds = ["shopping_total", "general_choice"]')
    file.write_text(text.replace("[compute]", "[calibration]\nlikelihood = true\ntwins = 1\n\n[compute]"))
    result = probe(place, instance, "tiny/10")
    assert result.success, failures(result)
    for key in ("tiny/0", "tiny/10"):
        metadata = materialised(result)["calibration", key].metadata
        assert "unanswerable_twins" in metadata
        assert "confidence_and_accuracy" in metadata
        assert metadata["figure"].md_str.startswith("![")
    for name in ("option_likelihoods", "twin_answers", "calibration"):
        assert len(list((place.home / name).glob("**/*.parquet"))) == 2


def test_the_command_line_writes_the_same_bytes(place, instance, tmp_path, monkeypatch):
    """`skillprobe probe` and the assets are two doors to one job."""
    folder = place.arrive(10)
    assert probe(place, instance, "tiny/10").success
    other = tmp_path / "other"
    other.mkdir()
    without_runs, _, _ = (place.home / "skillprobe.toml").read_text().partition("[[runs]]")
    (other / "skillprobe.toml").write_text(without_runs)
    monkeypatch.setenv("SKILLPROBE_HOME", str(other))
    options = ["--base", str(place.base), "--model", "tiny", "--method", "sft"]
    CliRunner().invoke(app, ["probe", str(folder), *options], catch_exceptions=False)
    mine, theirs = (
        # The table `protocols` holds the time at which each was recorded.
        {
            path.relative_to(home): path
            for path in home.glob("[!_]*/**/*.parquet")
            if path.relative_to(home).parts[0] != "protocols"
        }
        for home in (place.home, other)
    )
    assert set(mine) == set(theirs)
    assert {path.parts[0] for path in mine} >= {"items", "base_spectra", *PER_CHECKPOINT}
    for path in mine:
        assert mine[path].read_bytes() == theirs[path].read_bytes(), path


def test_an_unchanged_checkpoint_is_reused_and_a_rewritten_one_is_not(place, instance):
    folder = place.arrive(10)
    first = materialised(probe(place, instance, "tiny/10"))
    before = files(place)
    second = materialised(probe(place, instance, "tiny/10"))
    assert files(place) == before
    assert set(second) == {key for key in first if key[1] != "tiny/0"}
    for key, event in second.items():
        assert event.tags["dagster/data_version"] == first[key].tags["dagster/data_version"]
        if key[0] in PER_CHECKPOINT:
            assert event.metadata["reused"].value

    weights = load_file(folder / "model.safetensors")
    save_file({name: weight * 1.01 for name, weight in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    third = materialised(probe(place, instance, "tiny/10"))
    changed = {path.parent.parent.parent.name for path, written in files(place).items() if written != before[path]}
    assert changed == set(OF_WEIGHTS)
    for name in OF_WEIGHTS:
        key = (name, "tiny/10")
        assert third[key].tags["dagster/data_version"] != first[key].tags["dagster/data_version"]
        assert not third[key].metadata["reused"].value
    assert (
        third["base", "tiny/10"].tags["dagster/data_version"] == (first["base", "tiny/10"].tags["dagster/data_version"])
    )


def test_a_changed_base_leaves_the_generations_as_they_are(place, instance):
    place.arrive(10)
    first = materialised(probe(place, instance, "tiny/10"))
    weights = load_file(place.base / "model.safetensors")
    save_file(
        {name: weight * 0.99 for name, weight in weights.items()}, place.base / "model.safetensors", {"format": "pt"}
    )
    second = materialised(probe(place, instance, "tiny/10"))
    same = {
        name
        for name in [*PER_CHECKPOINT, "base"]
        if first[name, "tiny/10"].tags["dagster/data_version"] == second[name, "tiny/10"].tags["dagster/data_version"]
    }
    assert same == {"checkpoints", "training_metrics", "generations", "verdicts", "skill_scores"}


def test_a_key_without_a_folder_fails_naming_the_folder_searched(place, instance):
    place.arrive(10)
    missing_step = failures(probe(place, instance, "tiny/999"))
    assert str(place.run) in missing_step["checkpoints"]
    assert "steps found: 10" in missing_step["checkpoints"]
    missing_model = failures(probe(place, instance, "nobody/10"))
    assert "nobody" in missing_model["checkpoints"]
    assert str(place.run) in missing_model["checkpoints"]
    assert not list(place.home.glob("checkpoints/**/*.parquet"))


def test_a_truncated_checkpoint_fails_with_one_message_and_the_rest_is_untouched(place, instance):
    place.arrive(10)
    assert probe(place, instance, "tiny/10").success
    before = files(place)
    weights = place.arrive(20) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    result = probe(place, instance, "tiny/20")
    assert not result.success
    assert str(weights) in failures(result)["checkpoints"]
    assert "Remedy: " in failures(result)["checkpoints"]
    assert not any(key[1] == "tiny/20" for key in materialised(result) if key[0] in PER_CHECKPOINT)
    assert files(place) == before


def test_a_refused_divergence_fails_alone(place, instance):
    file = place.arrive(10) / "tokenizer.json"
    content = json.loads(file.read_text())
    names = sorted(content["model"]["vocab"], key=content["model"]["vocab"].get)
    content["model"]["vocab"] = {name: (number + 7) % len(names) for number, name in enumerate(names)}
    file.write_text(json.dumps(content))
    result = probe(place, instance, "tiny/10")
    refused = failures(result)
    assert refused.keys() == {"logit_divergence", "representation_shift"}
    assert all("the tokenizer is not the base's" in text and "Remedy: " in text for text in refused.values())
    done = {name for name, partition in materialised(result) if partition == "tiny/10"}
    assert done >= {"generations", "verdicts", "skill_scores", "profile_tests", "parameter_stats"}


def test_wrong_settings_fail_with_the_field(place, instance):
    (place.home / "skillprobe.toml").write_text("settle_seconds = 'soon'")
    assert "settle_seconds" in failures(probe(place, instance, "tiny/10"))["checkpoints"]


def test_levels_from_a_pilot_give_each_base_an_item_set_of_its_own(place, instance):
    file = place.home / "skillprobe.toml"
    text = file.read_text().replace(KINDS, 'kinds = ["energy_levels"]')
    file.write_text(text.replace("levels = [1]", 'levels = "auto"'))
    place.arrive(10)
    result = probe(place, instance, "tiny/10")
    assert result.success, failures(result)
    items = materialised(result)["items", None]
    (item_set,) = set(items.metadata["item_sets"].data.values())
    stored = {path.parent.name for path in place.home.glob("items/*/part.parquet")}
    assert stored == {f"item_set={item_set}"}
    assert pl.read_parquet(next(place.home.glob("pilots/*/part.parquet")))["items"].sum() > 0
    again = dg.materialize(
        [asset for asset in build_defs(place.home).assets if "items" in {key.to_user_string() for key in asset.keys}],
        instance=instance,
        resources=build_defs(place.home).resources,
    )
    (alone,) = again.asset_materializations_for_node("items")
    assert alone.tags["dagster/data_version"] == items.tags["dagster/data_version"]
    assert alone.metadata["item_sets"].data == {"tiny/0": item_set}


def test_the_summaries_of_a_long_run_are_made_every_ten_minutes_at_most(tmp_path):
    """A checkpoint every five minutes, each evaluated completely before the next one comes."""
    defs = build_defs(tmp_path)
    names = [asset.key for asset in assets.SUMMARIES]
    start, cursor, requested = datetime(2026, 3, 1, 12, 1, tzinfo=UTC), None, []
    with dg.DagsterInstance.ephemeral() as instance:
        for minutes in range(0, 35, 5):
            key = f"m/{minutes}"
            instance.add_dynamic_partitions("checkpoint", [key])
            for asset in assets.ASSETS:
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(asset.key, partition=key if asset.partitions_def else None)
                )
            result = dg.evaluate_automation_conditions(
                defs,
                instance,
                dg.AssetSelection.assets(*assets.SUMMARIES),
                evaluation_time=start + timedelta(minutes=minutes),
                cursor=cursor,
            )
            cursor = result.cursor
            if result.total_requested:
                assert [result.get_num_requested(name) for name in names] == [1, 1]
                requested.append(minutes)
                for name in names:
                    instance.report_runless_asset_event(dg.AssetMaterialization(name))
    assert len(requested) >= 2
    assert min(later - earlier for earlier, later in pairwise(requested)) >= 10
