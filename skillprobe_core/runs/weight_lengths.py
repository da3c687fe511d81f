"""A quick check that all bytes of a checkpoint's weights are there."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from .sharded.sharded_folder import is_sharded, missing_shard
from .tensor_headers import read_tensor_header
from .weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE, weight_files, weight_map

_READ = (".safetensors", INDEX_FILE)


def all_written(weights: Path) -> bool:
    """Check that every shard is there and as long as its header says, and holds what the index places in it.

    Reads headers only, and less of them than `open_weights`: no name, type or shape of a tensor is checked.

    Args:
        weights: A folder with weights, or one safetensors file.

    Returns:
        False if a file is missing, short or damaged; `open_weights` then raises the error that names it.
    """
    try:
        if is_sharded(weights):
            return missing_shard(weights) is None
        return _all_there(weights, _versions(weights))
    except Exception:  # whatever damaged bytes raise
        return False


def _versions(weights: Path) -> tuple[tuple[str | int, ...], ...]:
    """Names, inodes, sizes and times of the files that `all_written` may read."""
    names = [""] if weights.is_file() else [name for name in os.listdir(weights) if name.endswith(_READ)]
    found = [(name, (weights / name).stat()) for name in sorted(names)]
    return tuple((name, at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns) for name, at in found)


@lru_cache(maxsize=100_000)
def _all_there(weights: Path, versions: tuple[tuple[str | int, ...], ...]) -> bool:
    """The check itself, once as long as the files stay as they are: a look at a run sees those of all checkpoints."""
    files = weight_files(weights)
    names = {file.name: _names(file) for file in files}
    whole = weights.is_file() or [file.name for file in files] in ([SINGLE_FILE], [ADAPTER_FILE])
    mapped = {} if whole else weight_map(weights)
    return all(name in names[shard] for name, shard in mapped.items())


def _names(file: Path) -> frozenset[str]:
    """Names of the tensors of a file; raises ValueError unless it is as long as its header says."""
    header = read_tensor_header(file)
    if header.data_start + max((each.stop for each in header.tensors), default=0) != header.size:
        raise ValueError("truncated, or extra bytes")
    return frozenset(each.name for each in header.tensors)
