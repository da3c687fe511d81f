"""Tensors in a safetensors file that is mapped into memory and filled in."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

_NAMES = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}
KEPT_TYPES = frozenset(_NAMES)
"""Number types that a file can hold."""

Form = tuple[torch.dtype, Sequence[int]]
"""Type and shape of a tensor."""


def mapped_tensors(file: Path, forms: Mapping[str, Form], about: Mapping[str, str]) -> dict[str, Tensor]:
    """Create a safetensors file of zeros, and map its tensors so that what is written to them is in the file.

    The disk's blocks are allocated first: a full disk is an error here, and does not end the process when a page is
    written later.

    Args:
        file: The file; what it holds is replaced.
        forms: Type and shape of each tensor, by name. Types of one size only, or the larger ones first.
        about: The file's metadata.

    Returns:
        The tensors by name, in shared memory.

    Raises:
        OSError: The file cannot be created, or the disk is full.
    """
    header: dict[str, object] = {"__metadata__": dict(about)}
    places: dict[str, tuple[int, int]] = {}
    end = 0
    for name, (dtype, shape) in forms.items():
        start, end = end, end + math.prod(shape) * dtype.itemsize
        places[name] = start, end
        header[name] = {"dtype": _NAMES[dtype], "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text = struct.pack("<Q", len(text) + -len(text) % 8) + text + b" " * (-len(text) % 8)
    size = len(text) + end
    with file.open("wb") as opened:
        opened.write(text)
        opened.flush()
        os.posix_fallocate(opened.fileno(), 0, size)
    mapped = torch.from_file(str(file), shared=True, size=size, dtype=torch.uint8)[len(text) :]
    return {name: mapped[slice(*places[name])].view(dtype).view(*shape) for name, (dtype, shape) in forms.items()}
