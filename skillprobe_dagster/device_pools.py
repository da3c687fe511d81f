"""Dagster's pools of devices: as many slots as `[compute] devices` has devices."""

from __future__ import annotations

import dagster as dg

from skillprobe_core.errors import SettingsError, one_line
from skillprobe_core.models.compute_devices import device_names
from skillprobe_core.models.model_settings import ComputeSettings

DEVICE = "device"
WEIGHTS = "weights"


def match_pools(instance: dg.DagsterInstance, compute: ComputeSettings) -> list[str]:
    """Set the limits of the pools of devices, unless a person has set them, and say what contradicts the devices.

    A computation also holds a lease of its device, in a step that has its slot. With more slots than devices, steps
    wait for a lease; with fewer, or with fewer runs at a time, devices are idle.

    Args:
        instance: Dagster's instance.
        compute: The settings. Without `devices` nothing is changed.

    Returns:
        One line for each contradiction, with its remedy.
    """
    try:
        names = device_names(compute)
    except SettingsError as error:
        return [one_line(error)]
    if not names:
        return []
    count, notes = len(names), []
    limits = {each.name: each for each in instance.event_log_storage.get_pool_limits()}
    # Spectra run on a GPU where there is one, and on all cores of the processor otherwise.
    for pool in (DEVICE, WEIGHTS) if names[0].startswith("cuda") else (DEVICE,):
        limit = limits.get(pool)
        if limit is None or limit.from_default:
            instance.event_log_storage.set_concurrency_slots(pool, count)
        elif limit.limit != count:
            effect = "steps wait for devices" if limit.limit > count else "devices stay idle"
            notes.append(
                f"pool {pool!r} has the limit {limit.limit}, and [compute] has {count} devices, so {effect}. Remedy: "
                f"set the limit to {count} under Deployment, Concurrency, or correct `devices`"
            )
    queue = instance.get_concurrency_config().run_queue_config
    runs = None if queue is None else queue.max_concurrent_runs
    if runs is not None and 0 <= runs < count:
        notes.append(
            f"at most {runs} runs are started at a time, and [compute] has {count} devices, so devices stay idle. "
            f"Remedy: set max_concurrent_runs to {count} or more under concurrency, runs in dagster.yaml"
        )
    return notes
