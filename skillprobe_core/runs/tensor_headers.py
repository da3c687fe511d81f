"""Headers of safetensors files, checked for their form and limited in size."""

from __future__ import annotations

import os
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from .bounded_files import RefusedFile, open_file, parse_json

LARGEST = 100_000_000
"""Bytes of the largest header, as in the safetensors library."""
MOST_TENSORS = 500_000
"""The most tensors of one file: five times as many as the largest published models have in all."""
LONGEST_NAME = 1024
"""Characters of the longest name of a tensor."""
_MOST_DIMENSIONS = 16
_LARGEST_SIZE = 1 << 62
_COPY_AGAIN = "copy or save the checkpoint again, and wait until that has finished before evaluating it"


class StoredTensor(NamedTuple):
    """A tensor as a header describes it: its element type by safetensors' name, and its bytes after the header."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    start: int
    stop: int


_place = attrgetter("start", "stop")


@dataclass(frozen=True, slots=True)
class TensorHeader:
    """The header of a safetensors file.

    tensors: by rising place. metadata: texts by name. data_start: byte of the file at which the tensors' data begins.
    size: bytes of the file.
    """

    tensors: tuple[StoredTensor, ...]
    metadata: dict[str, Any]
    data_start: int
    size: int


def read_tensor_header(file: Path) -> TensorHeader:
    """The header of a safetensors file.

    Its numbers are integers of at most 62 bits; whether the tensors fill the file is left to the caller.

    Raises:
        FileNotFoundError: The file does not exist.
        RefusedFile: It is not a regular file, is cut short or damaged, or has too many tensors.
    """
    with open_file(file) as handle:
        size = os.fstat(handle.fileno()).st_size
        prefix = handle.read(8)
        length = int.from_bytes(prefix, "little")
        if len(prefix) < 8 or length > min(size - 8, LARGEST):
            raise _refused(f"truncated, or not a safetensors file ({size} bytes)", file)
        content = handle.read(length)
    try:
        header = parse_json(content, file)
    except RefusedFile as error:
        raise _refused(f"damaged header: {error.cause}", file) from error
    if not isinstance(header, dict):
        raise _refused(f"damaged header: expected a JSON object, got {type(header).__name__}", file)
    metadata = header.pop("__metadata__", None)
    if len(header) > MOST_TENSORS:
        raise _refused(f"it has {len(header)} tensors, more than {MOST_TENSORS}", file)
    tensors = (_tensor(name, entry, file) for name, entry in header.items())
    return TensorHeader(
        tuple(sorted(tensors, key=_place)),
        metadata if isinstance(metadata, dict) else {},
        8 + length,
        size,
    )


def _tensor(name: str, entry: object, file: Path) -> StoredTensor:
    if len(name) > LONGEST_NAME:
        raise _refused(f"damaged header: a tensor's name has {len(name)} characters", file)
    if not isinstance(entry, dict):
        raise _refused(f"damaged header: tensor {name!r} has no description", file)
    shape, offsets, dtype = entry.get("shape"), entry.get("data_offsets"), entry.get("dtype")
    if not _sizes(shape) or len(shape) > _MOST_DIMENSIONS:
        raise _refused(f"damaged header: tensor {name!r} has no valid `shape`", file)
    if not _sizes(offsets) or len(offsets) != 2:
        raise _refused(f"damaged header: tensor {name!r} has no valid `data_offsets`", file)
    if not isinstance(dtype, str):
        raise _refused(f"damaged header: tensor {name!r} has no valid `dtype`", file)
    return StoredTensor(name, tuple(shape), dtype, *offsets)


def _sizes(value: object) -> TypeGuard[list[int]]:
    if not isinstance(value, list):
        return False
    for each in value:  # noqa: SIM110  a generator takes twice as long
        if type(each) is not int or not 0 <= each < _LARGEST_SIZE:
            return False
    return True


def _refused(cause: str, file: Path) -> RefusedFile:
    return RefusedFile(cause, remedy=_COPY_AGAIN, path=file)
