import json
import shutil
import time
from uuid import uuid4

import dagster as dg
import pytest

from skillprobe_core.project.watching import plan
from skillprobe_core.runs.model_naming import model_of
from skillprobe_dagster.resources import ProjectResource
from skillprobe_dagster.sensors import new_checkpoints


@pytest.fixture
def tick(place):
    """Evaluate the sensor as the daemon would, with the cursor of the time before."""
    cursor = None

    def evaluate():
        nonlocal cursor
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        result = new_checkpoints(context, project=ProjectResource(home=str(place.home)))
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
        added = [key for request in result.dynamic_partitions_requests or [] for key in request.partition_keys]
        requested = [request.partition_key for request in result.run_requests or []]
        assert added == requested
        assert len({request.run_key for request in result.run_requests or []}) == len(requested)
        return requested, result.skip_reason and result.skip_reason.skip_message

    with dg.DagsterInstance.ephemeral() as instance:
        yield evaluate


def test_each_checkpoint_is_requested_once_when_it_is_whole(place, tick):
    (place.run / "checkpoint-10").mkdir()
    assert tick() == (["tiny/0"], None)
    place.arrive(10)
    assert tick() == (["tiny/10"], None)
    requested, reason = tick()
    first, recognised = reason.splitlines()
    assert (requested, first) == ([], "no new checkpoint")
    for told in ("tiny: ", str(place.run), "hf_trainer", "1 complete (step 10)", str(place.base)):
        assert told in recognised
    (place.arrive(20) / "trainer_state.json").unlink()
    assert tick()[0] == []
    place.arrive(20)
    assert tick() == (["tiny/20"], None)
    assert tick()[0] == []


@pytest.mark.parametrize(
    ("compute", "cause"),
    [
        ('device = "cuda:99"', "device 'cuda:99' is not available"),
        ('backend = "openai-server"\nurl = "http://127.0.0.1:9/v1"', "the request to http://127.0.0.1:9/v1/models"),
    ],
)
def test_checkpoints_wait_for_a_device_or_a_server_and_no_attempt_is_counted(place, tick, monkeypatch, compute, cause):
    monkeypatch.setattr("skillprobe_core.models.server_calls._RETRIES", 0)
    place.arrive(10)
    file = place.home / "skillprobe.toml"
    right = file.read_text()
    file.write_text(right.replace('device = "cpu"', compute))
    requested, reason = tick()
    assert requested == []
    assert reason.splitlines()[0].startswith(f"2 checkpoints wait: {cause}")
    assert "Remedy: " in reason
    file.write_text(right)
    assert tick() == (["tiny/0", "tiny/10"], None)


def test_failed_runs_are_retried_within_the_limit_and_shown(place, monkeypatch):
    place.arrive(10)
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    requested, reasons, cursor = [], [], None
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(5):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            with monkeypatch.context() as later:
                later.setitem(plan.__kwdefaults__, "now", lambda: clock[0])
                result = new_checkpoints(context, project=ProjectResource(home=str(place.home)))
            cursor = result.cursor
            reasons.append(result.skip_reason and result.skip_reason.skip_message)
            for request in result.run_requests or []:
                requested.append(request.run_key)
                tags = {"dagster/run_key": request.run_key}
                failed = request.partition_key == "tiny/10"
                status = dg.DagsterRunStatus.FAILURE if failed else dg.DagsterRunStatus.SUCCESS
                run = dg.DagsterRun(job_name="probe_checkpoint", run_id=str(uuid4()), tags=tags, status=status)
                instance.add_run(run)
            clock[0] += 1000
    assert [key.split("@")[0] for key in requested] == ["tiny/0", "tiny/10", "tiny/10", "tiny/10"]
    assert len(set(requested)) == 4
    assert "tiny/10 failed in 3 attempts" in reasons[-1]


def test_a_killed_run_is_requested_again_by_the_sensor_alone_and_not_while_another_one_goes_on(place, monkeypatch):
    """Killed runs fail; a person who starts one again in the UI is not overtaken."""
    place.arrive(10)
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])

    def tick(cursor):
        with monkeypatch.context() as later:
            later.setitem(plan.__kwdefaults__, "now", lambda: clock[0])
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = new_checkpoints(context, project=ProjectResource(home=str(place.home)))
        clock[0] += 1000
        return result

    with dg.DagsterInstance.ephemeral() as instance:
        first = tick(None)
        assert [request.partition_key for request in first.run_requests] == ["tiny/0", "tiny/10"]
        assert {request.tags["dagster/max_retries"] for request in first.run_requests} == {"0"}
        tags = {"dagster/partition": "tiny/10", "dagster/run_key": first.run_requests[1].run_key}
        for status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED):
            instance.add_run(dg.DagsterRun(job_name="probe_checkpoint", run_id=str(uuid4()), tags=tags, status=status))
        during = tick(first.cursor)
        assert during.run_requests == []
        (running,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        instance.report_run_failed(running)
        clock[0] += 1000
        after = tick(during.cursor)
        assert [request.partition_key for request in after.run_requests] == ["tiny/10"]
        assert "tiny/10 failed in 2 of 3 attempts and is evaluated again" in tick(after.cursor).skip_reason.skip_message


def test_with_the_newest_first_few_runs_wait_so_that_a_newer_one_overtakes(place, tick):
    with (place.home / "skillprobe.toml").open("a") as file:
        file.write('[watch]\norder = "newest"\nevery_steps = 20\n')

    def arrive(step):
        folder = shutil.copytree(place.source / "checkpoint-10", place.run / f"checkpoint-{step}")
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))

    for step in (10, 20, 40, 60, 80):
        arrive(step)
    assert tick()[0] == ["tiny/0", "tiny/80", "tiny/60", "tiny/40"]
    arrive(100)
    assert tick()[0] == ["tiny/100", "tiny/20"]


def test_an_empty_run_folder_starts_nothing_and_the_reason_says_what_was_looked_for(place, tick):
    requested, reason = tick()
    assert requested == []
    for told in (str(place.run), "hf_trainer", "`skillprobe layouts`"):
        assert told in reason
    assert "\n" not in reason
    place.arrive(10)
    assert tick() == (["tiny/0", "tiny/10"], None)


@pytest.mark.parametrize(
    "cursor",
    ['{"m/0": ["a", "b", "c", 1, "w", 0.0, "new"]}', "{", "[1]", '{"tiny/0": 5}', '{"tiny/0": [1, 2, 3, 4, 5, 6]}'],
)
def test_a_damaged_cursor_counts_as_empty_and_the_same_run_keys_come_again(place, cursor):
    place.arrive(10)
    with dg.DagsterInstance.ephemeral() as instance:
        results = []
        for given in (None, cursor):
            context = dg.build_sensor_context(instance=instance, cursor=given)
            results.append(new_checkpoints(context, project=ProjectResource(home=str(place.home))))
    first, second = ([request.run_key for request in result.run_requests] for result in results)
    assert first == second
    assert len(first) == 2
    assert results[0].cursor == results[1].cursor


def test_runs_that_cannot_be_read_or_named_stop_no_other(place, tick):
    place.arrive(10)
    odd = place.run.with_name("my run")
    odd.mkdir()
    (odd / "checkpoint-5").mkdir()
    loop = place.run.with_name("loop")
    loop.symlink_to(loop)
    with (place.home / "skillprobe.toml").open("a") as file:
        for folder, more in ((odd, ""), (loop, ""), (place.run.with_name("gone"), 'model = "not a name"\n')):
            file.write(f'[[runs]]\nfolder = "{folder}"\nbase = "{place.base}"\n{more}')
    requested, _ = tick()
    assert requested == ["tiny/0", "tiny/10", f"{model_of(odd)}/0"]
    _, reason = tick()
    assert len([line for line in reason.splitlines() if ": layout " not in line]) == 2
    assert str(loop) in reason
    assert "'not a name'" in reason


def test_a_missing_run_folder_is_the_reason_to_skip_and_is_found_again(place, tick):
    place.arrive(10)
    assert tick()[0] == ["tiny/0", "tiny/10"]
    away = place.run.rename(place.run.with_name("away"))
    requested, reason = tick()
    assert requested == []
    assert str(place.run) in reason
    away.rename(place.run)
    assert tick()[0] == []


def test_without_settings_nothing_is_watched(place, tick):
    (place.home / "skillprobe.toml").unlink()
    assert tick() == ([], "no new checkpoint")


def test_a_tick_gives_the_pool_as_many_slots_as_there_are_devices(place):
    text = (place.home / "skillprobe.toml").read_text()
    (place.home / "skillprobe.toml").write_text(text.replace('device = "cpu"', 'device = "cpu"\ndevices = 3'))
    with dg.DagsterInstance.ephemeral() as instance:
        for set_by_hand, note in ((None, ""), (5, "pool 'device' has the limit 5, and [compute] has 3 devices")):
            if set_by_hand:
                instance.event_log_storage.set_concurrency_slots("device", set_by_hand)
            context = dg.build_sensor_context(instance=instance)
            result = new_checkpoints(context, project=ProjectResource(home=str(place.home)))
            limits = {each.name: each.limit for each in instance.event_log_storage.get_pool_limits()}
            assert limits == {"device": set_by_hand or 3}
            assert note in result.skip_reason.skip_message
