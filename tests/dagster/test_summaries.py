"""The study and the report as assets, the small figures beside every table, and the checks that warn."""

import base64
import re
import xml.etree.ElementTree as ET

import dagster as dg
import polars as pl

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.visible import visible_markdown
from skillprobe_dagster.assets import SUMMARIES, report, study
from skillprobe_dagster.checks import CHECKS
from skillprobe_dagster.definitions import build_defs, defs
from skillprobe_dagster.resources import ProjectResource
from tests.filling import filled

FIGURES = {
    *("generations", "verdicts", "skill_scores", "profile_tests"),
    *("logit_divergence", "representation_shift", "parameter_stats"),
}


def probe(place, instance, key):
    if not instance.has_dynamic_partition("checkpoint", key):
        instance.add_dynamic_partitions("checkpoint", [key])
    job = build_defs(place.home).resolve_job_def("probe_checkpoint")
    result = job.execute_in_process(partition_key=key, instance=instance)
    assert result.success
    return result


def summarise(place, instance, assets=SUMMARIES):
    resources = {"project": ProjectResource(home=str(place.home))}
    result = dg.materialize(list(assets), instance=instance, resources=resources, raise_on_error=False)
    return result, {
        event.step_key: event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
    }


def check(name, place, instance, key):
    """One check alone, on what is stored now."""
    found = next(each for each in CHECKS if next(iter(each.check_specs)).name == name)
    job = dg.Definitions(
        assets=[*build_defs(place.home).assets],
        asset_checks=[found],
        jobs=[dg.define_asset_job("alone", selection=dg.AssetSelection.checks(found))],
        resources={"project": ProjectResource(home=str(place.home))},
    ).resolve_job_def("alone")
    (evaluated,) = job.execute_in_process(
        tags={"dagster/partition": key}, instance=instance
    ).get_asset_check_evaluations()
    return evaluated


def test_they_run_by_themselves_and_a_failed_checkpoint_does_not_stop_them():
    sensor = defs.resolve_sensor_def("summaries")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    graph = defs.resolve_asset_graph()
    for asset in (study, report):
        node = graph.get(asset.key)
        assert not node.is_partitioned
        assert node.description
        assert node.owners
        assert "any_deps_missing" not in str(node.automation_condition)
        assert "any_deps_in_progress" in str(node.automation_condition)


def test_a_checkpoint_is_followed_by_a_study_and_a_page_that_is_kept(place, instance):
    place.arrive(10)
    place.arrive(20)
    probed = {key: probe(place, instance, key) for key in ("tiny/10", "tiny/20")}
    for event in probed["tiny/20"].get_asset_materialization_events():
        metadata = event.step_materialization_data.materialization.metadata
        if event.step_key in FIGURES:
            drawn = re.fullmatch(r"!\[.+\]\(data:image/svg\+xml;base64,(.+)\)", metadata["figure"].value)
            root = ET.fromstring(base64.b64decode(drawn[1]))
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert len(list(root.iter())) > 5
    result, events = summarise(place, instance)
    assert result.success
    metadata = events["study"].metadata
    assert metadata["checkpoints"].value == 2
    assert not metadata["reused"].value
    assert "| tiny | 20 |" in metadata["last_steps"].value
    for table in study_tables():
        (file,) = (place.home / table.name).glob("protocol=*/part.parquet")
        assert visible_markdown(str(file)) in metadata["tables"].value
        assert set(metadata["computed_from"].value[table.name]) >= {"models", "protocol"}
    page = place.home / "report.html"
    assert events["report"].metadata["page"].path == str(page)
    assert "tiny at step 20" in page.read_text()
    _, again = summarise(place, instance, [study])
    assert again["study"].metadata["reused"].value
    version = "dagster/data_version"
    assert again["study"].tags[version] == events["study"].tags[version]


def test_everything_can_be_materialised_for_one_checkpoint_at_once(place, instance):
    """What a person launches in the UI with "Materialize all" and one partition."""
    place.arrive(10)
    instance.add_dynamic_partitions("checkpoint", ["tiny/10"])
    job = build_defs(place.home).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(partition_key="tiny/10", instance=instance, raise_on_error=False)
    assert result.success
    assert (place.home / "report.html").exists()


def test_without_results_the_study_says_what_to_do(place, instance):
    result, _ = summarise(place, instance, [study])
    assert not result.success
    (failed,) = (event for event in result.all_events if event.is_step_failure)
    assert "the store holds no results yet" in failed.step_failure_data.user_failure_data.description


def test_the_automation_asks_for_both_once_checkpoints_are_there(place, instance):
    place.arrive(10)
    made = build_defs(place.home)
    sensorless = dg.evaluate_automation_conditions(defs=made, instance=instance)
    assert sensorless.total_requested == 0
    probe(place, instance, "tiny/10")
    ticked = dg.evaluate_automation_conditions(defs=made, instance=instance, cursor=sensorless.cursor)
    assert ticked.get_num_requested(study.key) == 1
    assert ticked.get_num_requested(report.key) == 1
    assert ticked.total_requested == 2


def test_limits_are_settings_and_other_items_are_noticed(place, instance):
    place.arrive(10)
    place.arrive(20)
    probe(place, instance, "tiny/10")
    settings = place.home / "skillprobe.toml"
    before = settings.read_text()
    assert check("items_are_those_of_the_model", place, instance, "tiny/10").passed
    settings.write_text(before + "\n[checks]\nunparsed_limit = 1.0\ntruncated_limit = 1.0\n")
    assert check("answers_are_whole", place, instance, "tiny/10").passed
    assert check("answers_are_parsed", place, instance, "tiny/10").passed
    settings.write_text(before + "\n[checks]\nunparsed_limit = 0.0\ntruncated_limit = 0.0\n")
    cut = check("answers_are_whole", place, instance, "tiny/10")
    assert not cut.passed  # four tokens are hardly ever an answer
    assert cut.severity is dg.AssetCheckSeverity.WARN
    assert cut.metadata["truncated_rate"].value > 0

    settings.write_text(before.replace("per_level = 1", "per_level = 2"))
    evaluated = {each.check_name: each for each in probe(place, instance, "tiny/20").get_asset_check_evaluations()}
    told = evaluated["items_are_those_of_the_model"]
    assert not told.passed
    assert "steps 10 have no results under protocol" in told.description


def test_changes_within_the_noise_floor_are_warned_of(place, instance):
    place.arrive(10)
    probe(place, instance, "tiny/10")
    unmeasured = check("changes_exceed_noise", place, instance, "tiny/10")
    assert unmeasured.passed
    assert "skillprobe noise tiny@0" in unmeasured.description
    store = Store(place.home)
    part = Partition.checkpoint("tiny", 10, current_protocol(store).protocol)
    tests = store.read(PROFILE_TESTS, part)
    first = pl.int_range(pl.len()) == 0
    moved = tests.with_columns(
        p_adjusted=pl.when(first).then(0.001).otherwise(1.0), change=pl.when(first).then(0.05).otherwise(0.0)
    )
    store.write(PROFILE_TESTS, part, moved, Provenance("planted", "1"))
    for rate, passed in ((0.9, False), (0.0, True)):
        rows = [
            {"model": "tiny", "step": 0, "item_set": "s", "variation": "batch 1", "skill": skill}
            | {"flip_rate": rate, "flip_rate_high": rate}
            for skill in [*tests["skill"].unique()]
        ]
        noise = filled(NOISE_FLOOR, pl.DataFrame(rows))
        store.write(NOISE_FLOOR, Partition.checkpoint("tiny", 0, part.protocol), noise, Provenance("planted", "1"))
        found = check("changes_exceed_noise", place, instance, "tiny/10")
        assert found.passed == passed
    assert "all above the noise floor" in found.description
