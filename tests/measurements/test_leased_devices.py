"""Leases around a checkpoint's computations: those of models hold a device, the others none."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.machine.device_leases import DeviceLeases, leases_in
from skillprobe_core.measurements.leased_devices import (
    devices_wanted,
    leases_folder,
    leases_of,
    on_devices,
    tensor_parallel,
)
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.table_registry import table_named, tables_of_checkpoints
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings
from tests.cuda_device import NO_GPU

LANES = ("cpu:0", "cpu:1")


def probe_of(store: Path, base: Path, run: Path, compute: ComputeSettings) -> Probe:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
        compute=compute,
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=base, method="sft"),),
    )
    return Project(settings, Store(store)).probe("tiny-sft/10")


@pytest.fixture
def probe(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> Iterator[Probe]:
    found = probe_of(tmp_path, tiny_base, tiny_run, ComputeSettings(devices=LANES))
    yield found
    assert found.project.devices is not None
    found.project.devices.give_up()


def test_a_computation_of_a_model_needs_a_device_and_others_do_not(
    probe: Probe, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    wanted = {table.name: devices_wanted(table, probe) for table in tables_of_checkpoints()}
    assert {name for name, count in wanted.items() if count} == {
        table.name for table in tables_of_checkpoints() if table.pool == "device"
    }
    assert set(wanted.values()) == {0, 1}
    assert devices_wanted(table_named("parameter_stats"), probe) == 0
    server = ComputeSettings(devices=LANES, backend="openai-server", url="http://127.0.0.1:9")
    served = probe_of(tmp_path, tiny_base, tiny_run, server)
    assert devices_wanted(table_named("generations"), served) == 0
    assert devices_wanted(table_named("logit_divergence"), served) == 1
    alone = probe_of(tmp_path, tiny_base, tiny_run, ComputeSettings(device="cpu"))
    assert {devices_wanted(table, alone) for table in tables_of_checkpoints()} == {0}


def test_a_probe_computes_on_the_device_that_it_holds(probe: Probe) -> None:
    assert (probe.device, probe.devices) == ("cpu:0", ())
    taken = DeviceLeases(leases_folder(probe.store), {"cpu:0": "cpu:0", "cpu:1": "cpu:1"}, vacate=lambda: None)
    leases_of(probe.store, probe.settings.compute)  # makes the folder
    with taken.lease(1, "another"), on_devices(probe, "generations") as names:
        assert names == probe.devices == ("cpu:1",)
        assert probe.device == probe.of_base.device == "cpu:1"
        with on_devices(probe, "verdicts", 0) as none:
            assert none == ()
    assert probe.devices == ()
    works = [each.work for each in leases_in(leases_folder(probe.store)) if each.event == "taken"]
    assert works == ["another", "tiny-sft/10 generations"]


def test_a_wait_names_the_computations_on_the_devices(probe: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    begun, end = threading.Event(), threading.Event()

    def hold() -> None:
        other = leases_of(probe.store, probe.settings.compute)
        assert other is not None
        with other.lease(2, "tiny-sft/20 generations"):
            begun.set()
            end.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert begun.wait(60)
    threading.Timer(0.3, end.set).start()
    with on_devices(probe, "generations"):
        pass
    holder.join()
    said = capsys.readouterr().err
    assert "tiny-sft/10 generations waits for a device; cpu:0: tiny-sft/20 generations (process" in said


def test_a_setting_spreads_a_model_over_devices(probe: Probe, tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    assert tensor_parallel(probe) == 1
    spread = ComputeSettings(devices=LANES, backend="vllm", tensor_parallel=2)
    wide = probe_of(tmp_path, tiny_base, tiny_run, spread)
    assert devices_wanted(table_named("generations"), wide) == 2
    assert devices_wanted(table_named("logit_divergence"), wide) == 1


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_is_leased_by_its_own_identity(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    there = probe_of(tmp_path, tiny_base, tiny_run, ComputeSettings(devices="all"))
    assert tensor_parallel(there) == 1, "a small model needs one GPU"
    with on_devices(there, "generations") as names:
        assert names == (there.device,)
        assert there.device.startswith("cuda")


def test_devices_that_are_not_there_stop_the_evaluation(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    there = probe_of(tmp_path, tiny_base, tiny_run, ComputeSettings(devices=("cuda:98", "cuda:99")))
    with pytest.raises(SettingsError, match=r"cuda:98 is not available"), on_devices(there, "generations"):
        pass
