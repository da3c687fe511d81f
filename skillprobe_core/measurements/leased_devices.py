"""Leases of the devices that checkpoints share, for the computations of a project's tables."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import SettingsError
from skillprobe_core.machine.device_leases import DeviceLeases
from skillprobe_core.models.compute_devices import default_device, device_names, identities
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

if TYPE_CHECKING:
    from pathlib import Path

    from skillprobe_core.engine.table import Table
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.models.model_settings import ComputeSettings

_CACHE_TOKENS = 32_768
"""Tokens for which a model's cache must have room when the number of its devices is chosen: 8 sequences of 4,096."""
_SHARE = 0.8
"""Share of a device's memory that an engine takes."""


def leases_folder(store: Store) -> Path:
    """The folder of a store's leases and their log on this machine, which need not exist."""
    return store.work("devices", platform.node() or "localhost")


def leases_of(store: Store, compute: ComputeSettings) -> DeviceLeases | None:
    """The leases of a process; None if the settings have no `devices`.

    Raises:
        SettingsError: There are fewer devices than the settings demand.
        StoreError: The store cannot be written.
    """
    names = device_names(compute)
    if not names:
        return None
    folder = store.scratch("devices", platform.node() or "localhost")
    return DeviceLeases(folder, identities(names), vacate=_vacate)


@contextmanager
def on_devices(probe: Probe, work: str, count: int = 1) -> Iterator[tuple[str, ...]]:
    """Hold devices while a probe's checkpoint is computed on; `probe.device` is the first of them.

    Args:
        probe: The probe.
        work: The computation, such as the name of its table.
        count: Number of devices; 0 for a computation on the processor.

    Yields:
        Names of the devices; empty if the settings have no `devices`, or `count` is 0.
    """
    leases = probe.project.devices
    if leases is None or count == 0:
        yield ()
        return
    key = probe.checkpoint.key

    def waiting(holders: Sequence[str]) -> None:
        say(f"{visible(key)} {work} waits for a device; {visible('; '.join(holders) or 'others wait first')}", err=True)

    with ExitStack() as held:
        with writing(probe.store.root):
            names = held.enter_context(leases.lease(count, f"{key} {work}", waiting=waiting))
        yield names


def devices_wanted(table: Table, probe: Probe) -> int:
    """Number of devices that a table's computation for a probe runs on; 0 for one on the processor or a server.

    Raises:
        SettingsError: The model does not fit on the devices.
    """
    if table.pool is None or probe.project.devices is None:
        return 0
    compute = probe.settings.compute
    if table.pool == "weights":
        from skillprobe_core.measurements.parameters.spectral.on_device import spectra_device

        return 0 if spectra_device(default_device(compute)) is None else 1
    if not any(need.name == "backend" for need in table.needs):
        return 1
    from skillprobe_core.models.backends import backend_named, choose_backend

    offer = backend_named(choose_backend(compute.backend, default_device(compute)))
    if offer.server:
        return 0
    return tensor_parallel(probe) if offer.parallel else 1


def tensor_parallel(probe: Probe) -> int:
    """Number of devices over which a checkpoint's model is spread: the setting, or as many as its memory needs.

    Raises:
        SettingsError: It does not fit on all devices together.
    """
    from skillprobe_core.models.memory_plan import devices_needed, memory_plan
    from skillprobe_core.models.model_loading import choose_device

    compute, most = probe.settings.compute, len(device_names(probe.settings.compute))
    if compute.tensor_parallel != "auto":
        return compute.tensor_parallel
    device = choose_device(default_device(compute))
    if most == 1 or device.type != "cuda":
        return 1
    import torch

    files = probe.checkpoint.files
    memory = int(torch.cuda.get_device_properties(device).total_memory * _SHARE)
    plan = memory_plan(files, probe.number_type.torch, device)
    needed = devices_needed(plan, memory, _CACHE_TOKENS)
    if needed > most:
        raise SettingsError(
            f"the model needs the memory of {needed} devices, and [compute] names {most}",
            remedy="name more `devices`, or use a smaller `dtype`, under [compute] in skillprobe.toml",
            path=files.path,
        )
    return needed


def _vacate() -> None:
    """Drop the loaded model, where one can have been loaded."""
    if "torch" in sys.modules:
        from skillprobe_core.models.model_loading import release_model

        release_model()
