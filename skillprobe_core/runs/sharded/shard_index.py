"""The index of a folder of shards: its tensors, and the chunks of files that hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class DamagedIndex(ValueError):
    """An index whose statements cannot all hold."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a tensor: its place in the tensor, and in a file of the folder, in bytes.

    raw: True for the bytes of the elements, False for a tensor as `torch.save` writes it.
    """

    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    file: str
    start: int
    length: int
    raw: bool = False

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.sizes)


@dataclass(frozen=True, slots=True)
class ShardedTensor:
    """A tensor in chunks.

    path: its place in the nested state that was saved; the last part is the name that the trainer gives it.
    dtype: its type, by torch's name.
    """

    path: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class ShardIndex:
    """The tensors of a folder by the names in its index."""

    folder: Path
    tensors: Mapping[str, ShardedTensor]

    def ends(self) -> Ends:
        """The least size in bytes of each file, by its name."""
        ends: dict[str, int] = {}
        for tensor in self.tensors.values():
            for chunk in tensor.chunks:
                ends[chunk.file] = max(ends.get(chunk.file, 0), chunk.start + chunk.length)
        return tuple(sorted(ends.items()))


Ends = tuple[tuple[str, int], ...]
"""Files of a folder by name, each with its least size in bytes."""


def missing(folder: Path, ends: Ends) -> str | None:
    """The first file that is missing or shorter than the index says, in words; None if all bytes are there."""
    for name, end in ends:
        try:
            size = (folder / name).stat().st_size
        except FileNotFoundError:
            return f"shard {name} is missing"
        if size < end:
            return f"shard {name} is truncated: {size} bytes, but the index says {end}"
    return None


def checked(
    name: str, path: tuple[str, ...], shape: tuple[int, ...], dtype: str, chunks: Sequence[Chunk]
) -> ShardedTensor:
    """A tensor whose chunks cover it; raises DamagedIndex where they do not, or lie outside it or the folder."""
    used = tuple(chunk for chunk in chunks if chunk.elements)
    for chunk in used:
        inside = len(chunk.offsets) == len(chunk.sizes) == len(shape) and all(
            offset >= 0 and size > 0 and offset + size <= whole
            for offset, size, whole in zip(chunk.offsets, chunk.sizes, shape, strict=True)
        )
        if not inside or chunk.start < 0 or chunk.length < 0 or Path(chunk.file).name != chunk.file:
            raise DamagedIndex(f"tensor {name!r} has a chunk outside of it or of the folder")
    if sum(chunk.elements for chunk in used) != math.prod(shape) or len({chunk.offsets for chunk in used}) < len(used):
        raise DamagedIndex(f"the chunks of tensor {name!r} do not cover it")
    return ShardedTensor(path, shape, dtype, used)
