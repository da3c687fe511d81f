"""Recognition of a checkpoint that was converted or divided into other files after it was evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from skillprobe_core.engine import part_files
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import StoreError
from skillprobe_core.runs.identity import Identity, contents
from skillprobe_core.runs.identity_records import IdentityRecords, UnwrittenRecords
from skillprobe_core.runs.model_files import ModelFiles

from .checkpoints_table import CHECKPOINTS

_FOLDER = "identities"


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A row of `checkpoints`, as far as it identifies a model."""

    digest: str
    weights_digest: str
    tensors_digest: str | None
    tokenizer_digest: str


def records_of(store: Store) -> IdentityRecords:
    """The store's records of checkpoints that were read on this machine."""
    return IdentityRecords(store.scratch(_FOLDER))


def unwritten_records(store: Store) -> IdentityRecords:
    """The same records for a reader that leaves the store as it is."""
    return UnwrittenRecords(store.work(_FOLDER))


def recognised(
    store: Store, records: IdentityRecords, model: str, step: int, files: ModelFiles, found: Identity
) -> Identity:
    """The identity under which the store holds results of the same model; `found` where it holds none.

    The same model has equal tensors, tokenizer and configuration; its weight files may differ, as after
    `save_pretrained` with another `max_shard_size`. Rows of the model and step and of every base are compared. The
    tensors are read for that only if tokenizer and configuration agree and the files do not. Those that a converter has
    to write first are not.
    """
    if files.command:
        return found
    earlier = [
        row
        for row in _rows(store, model, step)
        if row.digest == Identity.of(row.weights_digest, found.tokenizer_digest, found.config_digest).digest
    ]
    if not earlier or any(row.digest == found.digest for row in earlier):
        return found
    tensors = contents(files, records).tensors_digest
    same = next((row for row in earlier if row.tensors_digest == tensors), None)
    return found if same is None else Identity.of(same.weights_digest, found.tokenizer_digest, found.config_digest)


def _rows(store: Store, model: str, step: int) -> Iterator[_Earlier]:
    """Rows of the checkpoint itself and of the bases of all models, the model's own first."""
    others = ((other, 0) for other in store.models(CHECKPOINTS))
    for key in dict.fromkeys(((model, step), (model, 0), *others)):
        row = _row(store, Partition.checkpoint(*key))
        if row is not None:
            yield row


def _row(store: Store, part: Partition) -> _Earlier | None:
    try:
        provenance = store.provenance(CHECKPOINTS, part)
    except StoreError:
        return None  # a damaged file: whoever needs its rows names it
    if provenance is None or provenance.table_version != CHECKPOINTS.version:
        return None
    columns = list(_Earlier.__dataclass_fields__)
    try:
        found = part_files.rows(store.path(CHECKPOINTS, part), columns)
    except (StoreError, FileNotFoundError):
        return None
    return _Earlier(**found.row(0, named=True))
