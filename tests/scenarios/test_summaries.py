"""The study and the report as assets, the small figures beside every table, and the checks that warn."""

import base64
import re
import xml.etree.ElementTree as ET

import dagster as dg

from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.visible import visible_markdown
from skillprobe_dagster.assets import SUMMARIES, report, study
from skillprobe_dagster.definitions import build_defs, defs
from skillprobe_dagster.resources import ProjectResource

FIGURES = {
    *("generations", "verdicts", "skill_scores", "profile_tests"),
    *("logit_divergence", "representation_shift", "elementwise_stats", "parameter_stats"),
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
