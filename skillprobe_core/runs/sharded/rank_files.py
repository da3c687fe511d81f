"""Safetensors files of single ranks, as torch's HuggingFaceStorageWriter stores them without consolidation.

Each file's header has the offsets of its tensors' parts, as JSON under DCP_SHARDING_INFO.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from skillprobe_core.runs.bounded_files import parse_json
from skillprobe_core.runs.tensor_headers import read_tensor_header
from skillprobe_core.runs.weights import read_header

from .shard_index import Chunk, DamagedIndex, ShardIndex, checked

_INFO = "DCP_SHARDING_INFO"


def is_rank_file(name: str) -> bool:
    """True if a file of that name holds the shards of one rank."""
    return name.startswith("shard-") and name.endswith(".safetensors")


def read_rank_files(folder: Path, names: Iterable[str]) -> ShardIndex:
    """The tensors that these files of a folder hold together.

    Raises DamagedIndex for files without offsets or with gaps, CheckpointError for a damaged file.
    """
    chunks: dict[str, list[Chunk]] = {}
    dtypes: dict[str, str] = {}
    for name in sorted(names):
        offsets = _offsets(folder / name)
        for info in read_header(folder / name):
            if info.name not in offsets:
                raise DamagedIndex(f"{name} does not say where its part of {info.name!r} belongs")
            start, stop = info.start, info.stop
            chunk = Chunk(offsets[info.name], info.shape, name, start, stop - start, raw=True)
            if all(chunk.offsets != each.offsets for each in chunks.setdefault(info.name, [])):
                chunks[info.name].append(chunk)
            if dtypes.setdefault(info.name, info.dtype) != info.dtype:
                raise DamagedIndex(f"the parts of {info.name!r} have several types")
    tensors = {}
    for tensor, parts in chunks.items():
        ends = [[o + s for o, s in zip(part.offsets, part.sizes, strict=True)] for part in parts]
        shape = tuple(map(max, zip(*ends, strict=True)))
        tensors[tensor] = checked(tensor, (tensor,), shape, dtypes[tensor], parts)
    return ShardIndex(folder, tensors)


def _offsets(file: Path) -> dict[str, tuple[int, ...]]:
    try:
        stated: Any = parse_json(read_tensor_header(file).metadata[_INFO].encode(), file)
        return {str(name): tuple(map(int, each["saved_offsets"])) for name, each in stated.items()}
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise DamagedIndex(f"{file.name} does not have the offsets of its parts ({_INFO})") from error
