"""The number type of a base and of all its checkpoints: chosen once, kept in the store, then followed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.part_files import unreadable
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.machine.fast_number_types import NumberType, fast_number_type
from skillprobe_core.machine.processor import processor_name
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.model_config import read_config
from skillprobe_core.runs.model_files import ModelLike
from skillprobe_core.runs.weights import Weights, open_weights

from .number_types_table import NUMBER_TYPES

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe

_LOADED = ("float32", "float64", "bfloat16", "float16")


def number_type(probe: Probe) -> NumberType:
    """Return the type in which a probe's base and its checkpoints are run, choosing it where the store holds none yet.

    Args:
        probe: `dtype` under [compute] of its settings is taken as it is, unless it is `auto`.

    Returns:
        The type that the store holds for the base and the setting, with the reason given when it was chosen.

    Raises:
        CheckpointError: The base's weights or configuration cannot be read.
        StoreError: The stored choice is damaged.
        SettingsError: The device is not there.
    """
    row = _chosen(probe)
    return NumberType(row["dtype"], row["reason"])


def faster_here(probe: Probe) -> str | None:
    """Say which type this machine would choose for a base instead of the stored one, and how to choose again.

    None where the setting is not `auto`, and where both types are the same.
    """
    if probe.settings.compute.dtype != "auto":
        return None
    row = _chosen(probe)
    own, _, _ = _own_choice(probe.base.files, probe.settings.compute)
    if own.dtype == row["dtype"]:
        return None
    folder = probe.store.path(NUMBER_TYPES, bring_up_to_date(NUMBER_TYPES, probe).partition).parent
    return (
        f"{own.dtype} would be faster on this machine ({own.reason}); {row['dtype']} was chosen on {row['processor']} "
        f"and is kept so that checkpoints stay comparable. To choose again, delete "
        f"{folder} and evaluate the base and its checkpoints again."
    )


def decided_for(probe: Probe) -> str:
    """Identity of the base that the type belongs to: the one that the store names for a checkpoint probed by itself."""
    digest = probe.base_identity.digest
    if probe.base == probe.checkpoint and not probe.is_base:
        part = probe.partition(CHECKPOINTS)
        if probe.store.provenance(CHECKPOINTS, part):
            row = probe.store.read(CHECKPOINTS, part).row(0, named=True)
            chosen = Partition.base(row["base"], probe.settings.compute.dtype)
            if row["digest"] == digest and probe.store.provenance(NUMBER_TYPES, chosen):
                return str(row["base"])
    return digest


def decide(probe: Probe) -> pl.DataFrame:
    """Choose the type for a probe's base: the row of table `number_types`."""
    compute = probe.settings.compute
    own, stored, processor = _own_choice(probe.base.files, compute)
    chosen = own if compute.dtype == "auto" else NumberType(compute.dtype, "set by `dtype` in [compute]")
    row = {
        "base": decided_for(probe),
        "setting": compute.dtype,
        "dtype": chosen.dtype,
        "reason": chosen.reason,
        "stored_dtype": stored,
        "processor": processor,
    }
    return pl.DataFrame([row])


def _chosen(probe: Probe) -> dict[str, str]:
    part = bring_up_to_date(NUMBER_TYPES, probe).partition
    return probe.store.read(NUMBER_TYPES, part).row(0, named=True)


def stored_number_types(store: Store) -> pl.DataFrame:
    """Read every choice that the store holds, one row per base and setting."""
    folders = sorted((store.root / NUMBER_TYPES.name).glob("base=*"))
    parts = [store.read(NUMBER_TYPES, Partition((folder.name,))) for folder in folders]
    return pl.concat([NUMBER_TYPES.polars_schema.to_frame(), *parts])


def types_used(store: Store, protocol: str, checkpoints: Iterable[tuple[str, int]]) -> pl.DataFrame:
    """Read in which type stored answers were generated, and why.

    Args:
        store: Where the answers are.
        protocol: Digest of the protocol that they were generated under.
        checkpoints: (model, step) of each checkpoint; those without answers are left out.

    Returns:
        Columns model, step, dtype, reason; both null where a server chose the type.
    """
    rows = []
    for model, step in checkpoints:
        part = Partition.checkpoint(model, step, protocol)
        if store.provenance(GENERATIONS, part) and store.provenance(CHECKPOINTS, part):
            base = store.read(CHECKPOINTS, part)["base"][0]
            rows.append((model, step, base, _type_of_rows(store, part)))
    schema = {"model": pl.String, "step": pl.Int64, "base": pl.String, "dtype": pl.String}
    # A type that was set and one that was chosen may be the same: one reason is enough.
    reasons = stored_number_types(store).unique(["base", "dtype"], keep="first", maintain_order=True)
    found = pl.DataFrame(rows, schema=schema, orient="row").join(reasons, on=["base", "dtype"], how="left")
    return found.select("model", "step", "dtype", "reason").sort("model", "step")


def _type_of_rows(store: Store, part: Partition) -> str | None:
    """The type of a partition's answers, from one row of one column."""
    path = store.path(GENERATIONS, part)
    try:
        first = pl.read_parquet(path, columns=["dtype"], n_rows=1, hive_partitioning=False, glob=False)
    except pl.exceptions.ColumnNotFoundError:
        return None  # written before the column was there
    except (Exception, pl.exceptions.PanicException) as error:
        raise unreadable(path, error) from error
    return None if first.is_empty() else first.item()


def _own_choice(base: ModelLike, compute: ComputeSettings) -> tuple[NumberType, str, str]:
    """This machine's own choice, the stored type, and the processor's name."""
    from skillprobe_core.models.compute_devices import default_device
    from skillprobe_core.models.model_loading import choose_device

    if is_adapter(base):
        base = base_of(base)
    weights, device = open_weights(base), choose_device(default_device(compute))
    stored = _stored_type(base, weights)
    return fast_number_type(stored, weights.parameter_count, device), stored, processor_name(device)


def _stored_type(base: ModelLike, weights: Weights) -> str:
    """The type of most weights; of quantised ones the type that the configuration says they stand for."""
    if weights.dtype in _LOADED:
        return weights.dtype
    config = read_config(base)
    named = config.get("dtype") or config.get("torch_dtype")
    return str(named) if named in _LOADED else "bfloat16"
