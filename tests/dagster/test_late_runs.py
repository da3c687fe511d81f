"""Spectra of large models come in a run of their own, after the checkpoint's other tables."""

import json
import struct
import time
from uuid import uuid4

import dagster as dg
import pytest

from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.project.project import Project
from skillprobe_core.project.watching import look, plan
from skillprobe_dagster.assets import LATE
from skillprobe_dagster.definitions import build_defs
from skillprobe_dagster.late_runs import EARLY, LATE_RUN, first_run, late_runs, models_with_late_runs
from skillprobe_dagster.resources import ProjectResource
from skillprobe_dagster.sensors import new_checkpoints


@pytest.fixture
def large(place):
    """A project whose base has half a gigabyte of weights, nearly all of them a hole in the file."""
    file = place.base / "model.safetensors"
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    size = 500_000_000
    header["padding.weight"] = {"dtype": "F32", "shape": [size // 4], "data_offsets": [len(data), len(data) + size]}
    text = json.dumps(header).encode()
    with file.open("wb") as grown:
        grown.write(struct.pack("<Q", len(text)) + text + data)
        grown.truncate(8 + len(text) + len(data) + size)
    return place


@pytest.fixture
def tick(place, monkeypatch):
    """Evaluate the sensor as the daemon would, with the cursor of the time before and a clock that goes on."""
    clock, cursor = [time.time()], None

    def evaluate():
        nonlocal cursor
        clock[0] += 1000
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        with monkeypatch.context() as later:
            later.setattr(time, "time", lambda: clock[0])
            later.setitem(plan.__kwdefaults__, "now", lambda: clock[0])
            result = new_checkpoints(context, project=ProjectResource(home=str(place.home)))
        cursor = result.cursor
        for added in result.dynamic_partitions_requests or []:
            instance.add_dynamic_partitions(added.partitions_def_name, added.partition_keys)
        return result

    with dg.DagsterInstance.ephemeral() as instance:
        evaluate.instance = instance
        yield evaluate


def ended(instance, request, status):
    """Record the run of a request as if it had ended so."""
    tags = {**request.tags, "dagster/partition": request.partition_key, "dagster/run_key": request.run_key}
    instance.add_run(dg.DagsterRun("probe_checkpoint", str(uuid4()), tags=tags, status=status))


def test_late_tables_are_requested_once_after_the_others_and_their_failures_count(large, tick):
    large.arrive(10)
    requested = []
    for _ in range(10):
        result = tick()
        for request in result.run_requests:
            late = list(request.asset_selection) == list(LATE)
            assert late or list(request.asset_selection) == list(EARLY)
            assert int(request.tags.get("dagster/priority", 0)) == (-2 if late else 0)
            requested.append((request.partition_key, late, request.run_key))
            failed = late and request.partition_key == "tiny/10"
            ended(tick.instance, request, dg.DagsterRunStatus.FAILURE if failed else dg.DagsterRunStatus.SUCCESS)
    assert [late for key, late, _ in requested if key == "tiny/0"] == [False, True]
    assert [late for key, late, _ in requested if key == "tiny/10"] == [False, True] * 3
    assert len({run_key for *_, run_key in requested}) == len(requested)
    assert "tiny/10 failed in 3 attempts" in result.skip_reason.skip_message


def test_a_small_model_has_one_run(place, tick):
    place.arrive(10)
    assert [request.asset_selection for request in tick().run_requests] == [None, None]


def test_without_spectra_no_model_has_a_second_run(large):
    large.arrive(10)
    project = Project.at(large.home)
    assert models_with_late_runs(look(project), project.settings) == {"tiny"}
    with (large.home / "skillprobe.toml").open("a") as file:
        file.write('[parameters]\nspectra = "off"\n')
    project = Project.at(large.home)
    assert models_with_late_runs(look(project), project.settings) == set()


def test_late_tables_of_a_checkpoint_that_was_removed_are_not_requested(place, tick):
    place.arrive(10)
    for key in ("tiny/10", "gone/10"):
        ended(tick.instance, first_run(f"{key}@a.b", key, followed=True), dg.DagsterRunStatus.SUCCESS)
    tick.instance.add_dynamic_partitions("checkpoint", ["tiny/10"])
    assert [request.run_key for request in late_runs(tick.instance, tick.instance.get_run_records())] == [
        "tiny/10@a.b#late"
    ]


def test_runs_of_late_tables_do_not_keep_newer_checkpoints_waiting(place, tick):
    with (place.home / "skillprobe.toml").open("a") as file:
        file.write('[watch]\norder = "newest"\n')
    for _ in range(5):
        waiting = dg.DagsterRunStatus.NOT_STARTED
        tick.instance.add_run(dg.DagsterRun("probe_checkpoint", str(uuid4()), tags=LATE_RUN, status=waiting))
    place.arrive(10)
    place.arrive(20)
    assert [request.partition_key for request in tick().run_requests] == ["tiny/0", "tiny/20", "tiny/10"]


def test_both_runs_together_compute_every_table_once(place, instance):
    place.arrive(10)
    instance.add_dynamic_partitions("checkpoint", ["tiny/10"])
    job = build_defs(place.home).resolve_job_def("probe_checkpoint")
    computed = []
    for selection in (EARLY, LATE):
        result = job.execute_in_process(partition_key="tiny/10", instance=instance, asset_selection=list(selection))
        assert result.success
        events = [each.step_materialization_data.materialization for each in result.get_asset_materialization_events()]
        computed.append({each.asset_key.to_user_string() for each in events})
    late = {table.name for table in all_tables() if table.late}
    assert computed[1] == late == {"base_spectra", "parameter_stats"}
    assert not computed[0] & late
