"""The number type of a base and of all its checkpoints: chosen once, kept in the store, then followed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from skillprobe_core.checkpoints.adapters import base_of, is_adapter
from skillprobe_core.checkpoints.config import read_config
from skillprobe_core.checkpoints.weights import Weights, open_weights
from skillprobe_core.items.schema import digest_of
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.measurements.number_types import NUMBER_TYPES
from skillprobe_core.number_types import NumberType, fast_number_type
from skillprobe_core.processor import processor_name
from skillprobe_core.store.parquet import Partition, Provenance, Store

from .settings import ComputeSettings

_CODE_VERSION = "1"
_LOADED = ("float32", "float64", "bfloat16", "float16")


def number_type(store: Store, folder: Path, digest: str, compute: ComputeSettings) -> NumberType:
    """Return the type in which a base and its checkpoints are run, choosing it where the store holds none yet.

    Args:
        store: Where the choice is kept (table `number_types`).
        folder: The base's folder.
        digest: The base's identity.
        compute: `dtype` of these settings is taken as it is, unless it is `auto`.

    Returns:
        The type that the store holds for this base and setting, with the reason given when it was chosen.

    Raises:
        CheckpointError: The base's weights or configuration cannot be read.
        StoreError: The stored choice is damaged.
        SettingsError: The device is not there.
    """
    part = Partition.base(digest, compute.dtype)
    if store.provenance(NUMBER_TYPES, part) is None:
        with store.lock(f"number_types-{digest[:16]}.{compute.dtype}"):
            if store.provenance(NUMBER_TYPES, part) is None:
                _decide(store, part, folder, digest, compute)
    row = store.read(NUMBER_TYPES, part).row(0, named=True)
    return NumberType(row["dtype"], row["reason"])


def faster_here(store: Store, folder: Path, digest: str, compute: ComputeSettings) -> str | None:
    """Say which type this machine would choose for a base instead of the stored one, and how to choose again.

    Takes the arguments of `number_type`. None where the setting is not `auto`, and where both types are the same.
    """
    if compute.dtype != "auto":
        return None
    number_type(store, folder, digest, compute)
    part = Partition.base(digest, compute.dtype)
    row = store.read(NUMBER_TYPES, part).row(0, named=True)
    own, _, _ = _own_choice(folder, compute)
    if own.dtype == row["dtype"]:
        return None
    return (
        f"{own.dtype} would be faster on this machine ({own.reason}); {row['dtype']} was chosen on {row['processor']} "
        f"and is kept so that checkpoints stay comparable. To choose again, delete "
        f"{store.path(NUMBER_TYPES, part).parent} and evaluate the base and its checkpoints again."
    )


def stored_number_types(store: Store) -> pl.DataFrame:
    """Read every choice that the store holds, one row per base and setting."""
    folders = sorted((store.root / NUMBER_TYPES.name).glob("base=*"))
    parts = [store.read(NUMBER_TYPES, Partition((folder.name,))) for folder in folders]
    return pl.concat([NUMBER_TYPES.polars_schema.to_frame(), *parts])


def types_used(store: Store, checkpoints: Iterable[tuple[str, int]]) -> pl.DataFrame:
    """Read in which type stored answers were generated, and why.

    Args:
        store: Where the answers are.
        checkpoints: (model, step) of each checkpoint; those without answers are left out.

    Returns:
        Columns model, step, dtype, reason; both null where a server chose the type.
    """
    rows = []
    for model, step in checkpoints:
        part = Partition.checkpoint(model, step)
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
    return None if first.is_empty() else first.item()


def _decide(store: Store, part: Partition, folder: Path, digest: str, compute: ComputeSettings) -> None:
    own, stored, processor = _own_choice(folder, compute)
    chosen = own if compute.dtype == "auto" else NumberType(compute.dtype, "set by `dtype` in [compute]")
    row = {
        "base": digest,
        "setting": compute.dtype,
        "dtype": chosen.dtype,
        "reason": chosen.reason,
        "stored_dtype": stored,
        "processor": processor,
    }
    frame = pl.DataFrame([row])
    version = digest_of(NUMBER_TYPES.name, NUMBER_TYPES.version, _CODE_VERSION, digest, compute.dtype, chosen.dtype)
    store.write(NUMBER_TYPES, part, frame, Provenance(version, _CODE_VERSION, {"base": digest}))


def _own_choice(folder: Path, compute: ComputeSettings) -> tuple[NumberType, str, str]:
    """This machine's own choice, the stored type, and the processor's name."""
    from skillprobe_core.checkpoints.loading import choose_device

    if is_adapter(folder):
        folder = base_of(folder)
    weights, device = open_weights(folder), choose_device(compute.device)
    stored = _stored_type(folder, weights)
    return fast_number_type(stored, weights.parameter_count, device), stored, processor_name(device)


def _stored_type(folder: Path, weights: Weights) -> str:
    """The type of most weights; of quantised ones the type that the configuration says they stand for."""
    if weights.dtype in _LOADED:
        return weights.dtype
    config = read_config(folder)
    named = config.get("dtype") or config.get("torch_dtype")
    return str(named) if named in _LOADED else "bfloat16"
