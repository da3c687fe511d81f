"""Recognition of a folder of shards, and its index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE

from .dcp_index import MARKER, dcp_ends, read_dcp_index
from .inert_pickle import RefusedPickle
from .rank_files import is_rank_file, read_rank_files
from .shard_index import DamagedIndex, ShardIndex, missing

_SAVE_AGAIN = "copy or save the checkpoint again, and wait until that has finished before evaluating it"


def is_sharded(folder: Path) -> bool:
    """True if a folder holds weights in shards that can be read here, and no model or adapter in complete tensors."""
    try:
        names = set(os.listdir(folder))
    except OSError:
        return False
    if names & {SINGLE_FILE, INDEX_FILE, ADAPTER_FILE}:
        return False
    return MARKER in names or any(map(is_rank_file, names))


def index_of(folder: Path) -> ShardIndex:
    """The index of such a folder.

    Raises:
        CheckpointError: The index is damaged, or its pickle holds anything but metadata: it is not run.
    """
    with _clear(folder):
        return read_dcp_index(folder) if _is_dcp(folder) else read_rank_files(folder, _rank_files(folder))


def missing_shard(folder: Path) -> str | None:
    """The first shard that is missing or short, in words; None if all are there. Raises what `index_of` raises."""
    with _clear(folder):
        ends = dcp_ends(folder) if _is_dcp(folder) else read_rank_files(folder, _rank_files(folder)).ends()
        return missing(folder, ends)


def _is_dcp(folder: Path) -> bool:
    return (folder / MARKER).is_file()


def _rank_files(folder: Path) -> list[str]:
    return list(filter(is_rank_file, os.listdir(folder)))


@contextmanager
def _clear(folder: Path) -> Iterator[None]:
    """Raise a CheckpointError for whatever an index raises."""
    try:
        yield
    except RefusedPickle as error:
        raise CheckpointError(
            f"the index is not read: {error}",
            remedy="do not open this file with any other program unless you trust its source, since pickles can run "
            f"code; if a trainer wrote it, {_SAVE_AGAIN}",
            path=folder / MARKER,
        ) from error
    except DamagedIndex as error:
        raise CheckpointError(str(error), remedy=_SAVE_AGAIN, path=folder) from error
    except OSError as error:
        raise CheckpointError(
            f"the index cannot be read: {error.strerror or error}", remedy=_SAVE_AGAIN, path=folder
        ) from error
