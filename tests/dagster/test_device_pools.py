"""Pools and devices: the limits that nobody set follow the devices, and contradictions are named."""

import os
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
import yaml

from skillprobe_core.engine.store import Store
from skillprobe_core.machine.device_leases import Lease, leases_in
from skillprobe_core.measurements.leased_devices import leases_folder
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_dagster.device_pools import match_pools
from tests.conftest import write_tiny_checkpoint
from tests.dagster.conftest import KINDS, Place, serving
from tests.dagster.test_served import finished

REPOSITORY = Path(__file__).parents[2]
PARTITIONS = """
import sys
import time
from pathlib import Path
import dagster as dg
from skillprobe_dagster.definitions import build_defs
home, keys = Path(sys.argv[1]), sys.argv[2:]
with dg.DagsterInstance.get() as instance:
    job = build_defs(home).resolve_job_def("probe_checkpoint")
    for key in keys:
        assert job.execute_in_process(instance=instance, partition_key=key).success
"""


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Dagster with the repository's dagster.yaml, changed by `runs`."""

    def with_runs(runs: int) -> dg.DagsterInstance:
        settings = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())
        settings["concurrency"]["runs"]["max_concurrent_runs"] = runs
        settings["storage"]["sqlite"]["base_dir"] = str(tmp_path / "dagster")
        settings["local_artifact_storage"]["config"]["base_dir"] = str(tmp_path / "dagster")
        settings["compute_logs"]["config"] = {"base_dir": str(tmp_path / "dagster" / "logs")}
        (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(settings))
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
        return dg.DagsterInstance.get()

    return with_runs


def limits(instance: dg.DagsterInstance) -> dict[str, int]:
    return {each.name: each.limit for each in instance.event_log_storage.get_pool_limits()}


def test_limits_follow_the_devices_unless_a_person_set_them(deployed) -> None:
    with deployed(8) as instance:
        assert match_pools(instance, ComputeSettings()) == []
        assert limits(instance) == {}
        assert match_pools(instance, ComputeSettings(device="cpu", devices=8)) == []
        assert limits(instance) == {"device": 8}
        assert match_pools(instance, ComputeSettings(devices=tuple(f"cuda:{n}" for n in range(8)))) == []
        assert limits(instance) == {"device": 8, "weights": 8}
        (more,) = match_pools(instance, ComputeSettings(device="cpu", devices=6))
        assert "pool 'device' has the limit 8, and [compute] has 6 devices, so steps wait for devices" in more
        instance.event_log_storage.set_concurrency_slots("device", 2)
        (fewer,) = match_pools(instance, ComputeSettings(device="cpu", devices=6))
        assert "devices stay idle" in fewer
        assert limits(instance)["device"] == 2


def test_too_few_runs_at_a_time_are_named(deployed) -> None:
    with deployed(2) as instance:
        (note,) = match_pools(instance, ComputeSettings(device="cpu", devices=4))
        assert "at most 2 runs are started at a time" in note
        assert "set max_concurrent_runs to 4 or more" in note
    with dg.DagsterInstance.ephemeral() as alone:
        assert match_pools(alone, ComputeSettings(device="cpu", devices=4)) == []


def at_once(log: list[Lease]) -> dict[str, int]:
    """The most computations on each device at the same time."""
    now: dict[str, set[str]] = {}
    most: dict[str, int] = {}
    for each in log:
        for device in each.devices:
            held = now.setdefault(device, set())
            (held.add if each.event == "taken" else held.remove)(each.work)
            most[device] = max(most.get(device, 0), len(held))
    return most


def checked(store: Store, count: int, keys: list[str]) -> None:
    """The log of the leases: one computation per lane, several lanes used, processor stages without any.

    The number of lanes in use depends on how fast the machine starts processes, so only two of them are required.
    """
    log = leases_in(leases_folder(store))
    most = at_once(log)
    assert set(most.values()) == {1}
    assert set(most) <= {f"cpu:{number}" for number in range(count)}
    assert len(most) >= 2
    taken = [each.work.split() for each in log if each.event == "taken"]
    assert {table_named(table).pool for _, table in taken} == {"device"}
    assert {key for key, table in taken if table == "generations"} == {*keys, "tiny/0"}
    assert len(taken) == len({tuple(each) for each in taken})


def with_lanes(place: Place, count: int, checkpoints: int) -> list[str]:
    """Give a project so many lanes, one item per level of one kind, and so many checkpoints; returns their keys."""
    steps = range(1, checkpoints + 1)
    for step in steps:
        write_tiny_checkpoint(place.run, place.base, step)
    text = (place.home / "skillprobe.toml").read_text().replace('device = "cpu"', f'device = "cpu"\ndevices = {count}')
    text = text.replace(KINDS, 'kinds = ["column_sum"]')
    (place.home / "skillprobe.toml").write_text(text + '\n[parameters]\nspectra = "off"\n')
    return [f"tiny/{step}" for step in steps]


def test_runs_at_the_same_time_use_every_lane_by_one_computation_each(place: Place, deployed) -> None:
    keys = with_lanes(place, 2, 4)
    with deployed(2) as instance:
        instance.add_dynamic_partitions("checkpoint", keys)
        assert match_pools(instance, ComputeSettings(device="cpu", devices=2)) == []
        command = [sys.executable, "-W", "ignore", "-c", PARTITIONS, str(place.home)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        runs = [subprocess.Popen([*command, *keys[each::2]], env=environment) for each in range(2)]
        assert [each.wait() for each in runs] == [0, 0]
    checked(Store(place.home), 2, keys)


@pytest.mark.slow
def test_the_sensor_and_the_queue_evaluate_each_checkpoint_once_on_eight_lanes(place: Place) -> None:
    keys = with_lanes(place, 8, 16)
    with serving(place.home.parent, runs=8) as url:
        deadline = time.monotonic() + 3600
        for key in ("tiny/0", *keys):
            while (runs := finished(url, key)) is None:
                assert time.monotonic() < deadline
                time.sleep(1)
            assert [status for status, _ in runs] == ["SUCCESS"], key
    checked(Store(place.home), 8, keys)
