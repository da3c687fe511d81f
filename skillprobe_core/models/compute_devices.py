"""The devices of `[compute]`: their names in this process, and their identities on the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from skillprobe_core.errors import SettingsError

if TYPE_CHECKING:
    from .model_settings import ComputeSettings

_VISIBLE = "CUDA_VISIBLE_DEVICES"


def device_names(compute: ComputeSettings) -> tuple[str, ...]:
    """The devices that checkpoints share, by the names that torch gives them in this process.

    Args:
        compute: The settings. A number of devices on a processor, or names such as `cpu:1`, are lanes on it.

    Returns:
        The names; empty if the settings have no `devices`. Devices named in the settings are not looked for.

    Raises:
        SettingsError: There are fewer devices than `devices` demands, or `device` is not available.
    """
    if compute.devices is None:
        return ()
    if isinstance(compute.devices, tuple):
        return compute.devices
    import torch

    from .model_loading import choose_device

    kind = choose_device(compute.device).type
    there = torch.cuda.device_count() if kind == "cuda" else None
    wanted = (there or 1) if compute.devices == "all" else compute.devices
    if kind == "cpu" and compute.device == "auto" and wanted > 1:
        raise SettingsError(
            f"devices = {wanted}, and no CUDA device is available",
            remedy='set device = "cpu" next to it under [compute] for lanes on the processor, or remove `devices`',
        )
    if there is not None and wanted > there:
        raise SettingsError(
            f"devices = {wanted}, and {there} CUDA devices are visible",
            remedy='set devices = "all" under [compute], or make more visible with CUDA_VISIBLE_DEVICES',
        )
    return tuple(f"{kind}:{number}" for number in range(wanted))


def default_device(compute: ComputeSettings) -> str:
    """The device of work that holds none of the shared devices, such as reading a device's type."""
    return compute.devices[0] if isinstance(compute.devices, tuple) else compute.device


def identities(
    names: Sequence[str], visible: str | None = None, *, uuid: Callable[[int], str] | None = None
) -> dict[str, str]:
    """The identity of each device on the machine, the same in every process, whatever devices are visible there.

    Args:
        names: Names of devices in this process.
        visible: Devices that are visible in this process (default: CUDA_VISIBLE_DEVICES).
        uuid: The UUID of a CUDA device by its number in this process (default: as the driver gives it).

    Returns:
        Identities by name: the UUID of a GPU, or the name of a partition of one (MIG); a lane's is its name.

    Raises:
        SettingsError: A device is not there.
    """
    shown = visible_entries(visible)
    found = {}
    for name in names:
        kind, _, number = name.partition(":")
        entry = shown[int(number)] if kind == "cuda" and int(number) < len(shown) else ""
        if kind != "cuda":
            found[name] = name
        else:
            found[name] = entry if entry.startswith("MIG-") else (uuid or _uuid)(int(number))
    return found


def visible_entries(visible: str | None = None) -> list[str]:
    """The entries of CUDA_VISIBLE_DEVICES; empty if it is not set."""
    text = os.environ.get(_VISIBLE, "") if visible is None else visible
    return [each.strip() for each in text.split(",") if each.strip()]


def made_visible(names: Sequence[str], visible: str | None = None) -> str | None:
    """The value of CUDA_VISIBLE_DEVICES with which another process sees these devices alone.

    Args:
        names: Names of devices in this process.
        visible: Devices that are visible in this process (default: CUDA_VISIBLE_DEVICES).

    Returns:
        The value; None if no CUDA device is named by its number.
    """
    numbers = [int(name.partition(":")[2]) for name in names if name.startswith("cuda:")]
    shown = visible_entries(visible)
    return ",".join(shown[each] if each < len(shown) else str(each) for each in numbers) or None


def _uuid(number: int) -> str:
    import torch

    if number >= torch.cuda.device_count():
        raise SettingsError(
            f"device cuda:{number} is not available: {torch.cuda.device_count()} CUDA devices are visible",
            remedy="correct `devices` under [compute] in skillprobe.toml, or set CUDA_VISIBLE_DEVICES",
        )
    return f"GPU-{torch.cuda.get_device_properties(number).uuid}"
