import dagster as dg
import pytest

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
    assert tick() == ([], "no new checkpoint")
    (place.arrive(20) / "trainer_state.json").unlink()
    assert tick()[0] == []
    place.arrive(20)
    assert tick() == (["tiny/20"], None)
    assert tick()[0] == []


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
