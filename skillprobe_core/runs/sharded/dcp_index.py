"""The index that torch.distributed.checkpoint (DCP) writes: the pickle `.metadata`, read as data.

torch.distributed.checkpoint.metadata has the classes; the writer of files is torch.distributed.checkpoint.filesystem.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from skillprobe_core.runs.bounded_files import open_file

from .inert_pickle import LARGEST, Known, Name, Record, RefusedPickle, read_pickle
from .shard_index import Chunk, DamagedIndex, Ends, ShardedTensor, ShardIndex, checked

MARKER = ".metadata"
"""The index's file, written last: under another name, then renamed."""

_DTYPES = (
    "float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "uint64", "uint32",
    "uint16", "uint8", "int64", "int32", "int16", "int8", "bool",
)  # fmt: skip


def _text(*parts: object) -> str:
    return "/".join(map(str, parts[:64]))


def _size(values: object = ()) -> tuple[int, ...]:
    if not isinstance(values, tuple) or not all(type(value) is int for value in values):
        raise RefusedPickle("a size that does not consist of integers")
    return values


def _ordered(*_: object) -> dict[object, object]:
    return {}


_METADATA, _FILES = "torch.distributed.checkpoint.metadata", "torch.distributed.checkpoint.filesystem"
_CLASSES = (
    (_METADATA, ("Metadata", "TensorStorageMetadata", "BytesStorageMetadata", "ChunkStorageMetadata",
                 "TensorProperties", "MetadataIndex", "StorageMeta")),
    (_FILES, ("_StorageInfo", "_StoragePrefix")),
)  # fmt: skip
_KNOWN: Known = {
    **{(module, name): Name(name) for module, names in _CLASSES for name in names},
    **{("torch", name): Name(name) for name in _DTYPES},
    ("torch", "Size"): Name("Size", _size),
    ("torch.serialization", "_get_layout"): Name("_get_layout", _text),
    (_METADATA, "_MEM_FORMAT_ENCODING"): Name("_MEM_FORMAT_ENCODING", _text),
    ("collections", "OrderedDict"): Name("OrderedDict", _ordered),
    **{
        (module, name): Name(name, _text)
        for module in ("pathlib", "pathlib._local")
        for name in ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
    },
}


def read_dcp_index(folder: Path) -> ShardIndex:
    """The tensors of a DCP folder; what else it holds (numbers, states of samplers) is left out.

    Raises RefusedPickle for an index that asks for anything but metadata, DamagedIndex for one that contradicts itself,
    OSError where it cannot be read.
    """
    state = (folder / MARKER).stat()
    return _read(folder, state.st_size, state.st_mtime_ns, state.st_ino)


def dcp_ends(folder: Path) -> Ends:
    """The least size of each file of a DCP folder, kept for many folders. Raises what `read_dcp_index` raises."""
    state = (folder / MARKER).stat()
    return _ends(folder, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=8192)
def _ends(folder: Path, size: int, mtime_ns: int, inode: int) -> Ends:
    return _read(folder, size, mtime_ns, inode).ends()


@lru_cache(maxsize=4)
def _read(folder: Path, size: int, mtime_ns: int, inode: int) -> ShardIndex:
    # The arguments are the file's state: while they stay the same, so does the index.
    with open_file(folder / MARKER) as file:
        if os.fstat(file.fileno()).st_size != size:
            raise DamagedIndex("the index changes")
        found = read_pickle(file.read(min(size, LARGEST + 1)), _KNOWN)
    return _index(folder, found)


def _index(folder: Path, found: object) -> ShardIndex:
    try:
        state = _state(found, "Metadata")
        places = _places(state["storage_data"])
        paths = state.get("planner_data") or {}
        tensors = {}
        for name, described in state["state_dict_metadata"].items():
            if described.name == "TensorStorageMetadata":
                tensors[str(name)] = _tensor(str(name), described.state, places, paths)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise DamagedIndex(f"the index is damaged: {error!r}") from error
    return ShardIndex(folder, tensors)


def _tensor(
    name: str, state: dict[str, Any], places: dict[tuple[str, tuple[int, ...]], dict[str, Any]], paths: dict[str, Any]
) -> ShardedTensor:
    chunks = []
    for each in state["chunks"]:
        offsets, sizes = _size(each.state["offsets"]), _size(each.state["sizes"])
        if 0 in sizes:
            continue
        place = places[name, offsets]
        if place.get("transform_descriptors"):
            raise DamagedIndex(f"tensor {name!r} is compressed ({place['transform_descriptors']})")
        chunks.append(Chunk(offsets, sizes, str(place["relative_path"]), int(place["offset"]), int(place["length"])))
    path = paths.get(name)
    named = path if isinstance(path, tuple) and path and all(isinstance(part, str) for part in path) else (name,)
    dtype = cast(Name, state["properties"].items[0]).name
    return checked(name, named, _size(state["size"]), dtype, chunks)


def _places(stored: dict[Record, Record]) -> dict[tuple[str, tuple[int, ...]], dict[str, Any]]:
    """Where each chunk lies, by the tensor's name and the chunk's offsets."""
    places = {}
    for index, place in stored.items():
        state = _state(index, "MetadataIndex")
        offset = state.get("offset")
        if offset is not None:
            places[str(state["fqn"]), _size(offset)] = _state(place, "_StorageInfo")
    return places


def _state(record: object, name: str) -> dict[str, Any]:
    if not isinstance(record, Record) or record.name != name:
        raise DamagedIndex(f"the index holds no {name} where one is expected")
    return record.state
