"""Recognition of a folder of shards, and its index."""

from __future__ import annotations

import os
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE

from .dcp_index import MARKER, read_dcp_index
from .inert_pickle import RefusedPickle
from .rank_files import is_rank_file, read_rank_files
from .shard_index import DamagedIndex, ShardIndex

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
    file = folder / MARKER
    try:
        if file.is_file():
            return read_dcp_index(folder)
        return read_rank_files(folder, filter(is_rank_file, os.listdir(folder)))
    except RefusedPickle as error:
        raise CheckpointError(
            f"the index is not read: {error}",
            remedy="do not open this file with any other program unless you trust its source, since pickles can run "
            f"code; if a trainer wrote it, {_SAVE_AGAIN}",
            path=file,
        ) from error
    except DamagedIndex as error:
        raise CheckpointError(str(error), remedy=_SAVE_AGAIN, path=folder) from error
    except OSError as error:
        raise CheckpointError(
            f"the index cannot be read: {error.strerror or error}", remedy=_SAVE_AGAIN, path=file
        ) from error


def all_shards(folder: Path) -> str | None:
    """The first shard that is missing or short, in words; None if all are there. Raises what `index_of` raises."""
    return index_of(folder).missing()
