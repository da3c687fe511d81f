"""A stored model under another name: the same rows, provenance and claims."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from skillprobe_core.engine.model_locks import alone
from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import StoreError
from skillprobe_core.project.failed_attempts import attempts_of
from skillprobe_core.project.holdings import rename_holdings
from skillprobe_core.project.name_claims import claimed_folders, claims_file, claims_text
from skillprobe_core.project.renamed_models import EarlierName, earlier_name_file, earlier_names
from skillprobe_core.runs.checkpoint import LONGEST_MODEL, is_model
from skillprobe_core.runs.scratch import Scratch

from .store_change import Change, decide, decided, discarded, finish, staging, unfinished
from .stored_model import StoredModel, stored_model, stored_models, unknown_model

_NAMES = ("model", "base_model", "other_model")
_NEW = "_work/change/new"


def checked_rename(store: Store, old: str, new: str) -> StoredModel:
    """Find everything that a rename would touch.

    Raises:
        StoreError: `old` is not stored, or `new` is not a valid name or is in use.
    """
    _check_names(store, old, new)
    found = stored_model(store, old)
    if new in stored_models(store):
        raise StoreError(
            f"the store has a model named {new!r} already",
            remedy=f"choose another name, or remove that model first: skillprobe remove {new}",
            path=store.root,
        )
    return found


def rename_model(store: Store, old: str, new: str, *, scratch: Scratch | None = None) -> None:
    """Give a stored model another name, or complete a rename that was interrupted.

    Data versions stay, so that a probe under the new name reuses every table. Studies that include the model are
    deleted. At no time does a row exist under both names.

    Args:
        store: The store.
        old: The present name.
        new: The new name.
        scratch: Where the model's pins are noted, which follow it.

    Raises:
        StoreError: See `checked_rename`; also if another process evaluates the model, or if another rename or removal
            was interrupted.
    """
    _check_names(store, old, new)
    command = f"rename {old} {new}"
    with store.lock("change"), store.lock("upgrade"), alone(store, old, new):
        change = decided(store)
        if change is None:
            found = checked_rename(store, old, new)
            with writing(store.root):
                change = Change(command, (old, new), tuple(_moves(store, found, new, staging(store))))
            decide(store, change)
        elif change.command != command and (interrupted := unfinished(store)) is not None:
            raise interrupted
        if scratch is not None:
            rename_holdings(scratch, old, new)
        finish(store, change)


def _check_names(store: Store, old: str, new: str) -> None:
    """Refuse a name that no model can have: names become names of files."""
    if not is_model(old):
        raise unknown_model(store, old)
    if not is_model(new):
        raise StoreError(
            f"{new!r} is not a valid model name",
            remedy=f"use up to {LONGEST_MODEL} letters, digits, '.', '_' and '-', starting with a letter or digit",
        )


def _moves(store: Store, found: StoredModel, new: str, stage: Path) -> Iterator[tuple[str, str]]:
    """Write the new files to the stage; all old ones go before the first new one comes."""
    old = found.model
    coming: list[tuple[str, str]] = []
    for table in found.tables:
        for file in table.files:
            _write_renamed(file, stage / table.name / file.parent.name / file.name, old, new)
        coming.append((f"{_NEW}/{table.name}", f"{table.name}/model={new}"))
    for file, text in _records(store, old, new):
        place = file.relative_to(store.root).as_posix()
        (stage / place).parent.mkdir(parents=True, exist_ok=True)
        (stage / place).write_text(text, encoding="utf-8")
        coming.append((f"{_NEW}/{place}", place))
    going = sorted(store.root.glob(f"*/model={old}"))
    gone = [*going, *found.studies, claims_file(store, old), earlier_name_file(store, new), attempts_of(store, new)]
    before, after = (attempts_of(store, name).relative_to(store.root).as_posix() for name in (old, new))
    coming.append((before, after))
    yield from ((path.relative_to(store.root).as_posix(), discarded(number)) for number, path in enumerate(gone))
    yield from coming


def _records(store: Store, old: str, new: str) -> Iterator[tuple[Path, str]]:
    """Files of claims and of earlier names as they have to be after the rename."""
    yield claims_file(store, new), claims_text(store, old)
    for each in earlier_names(store):
        if each.now == old and each.name != new:
            yield earlier_name_file(store, each.name), replace(each, now=new).text
    folders = tuple(sorted(os.path.realpath(folder) for folder in claimed_folders(store, old)))
    yield earlier_name_file(store, old), EarlierName(old, new, folders).text


def _write_renamed(source: Path, target: Path, old: str, new: str) -> None:
    """Copy a Parquet file with its metadata and row groups; names of the model are replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
        for group in range(file.num_row_groups):
            part = file.read_row_group(group)
            for name in set(_NAMES) & set(part.column_names):
                values = [new if value == old else value for value in part[name].to_pylist()]
                at = part.column_names.index(name)
                part = part.set_column(at, part.schema.field(at), pa.array(values, part.schema.field(at).type))
            writer.write_table(part, row_group_size=max(part.num_rows, 1))
    with target.open("rb") as written:
        os.fsync(written.fileno())
