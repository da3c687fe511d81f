"""A safetensors file of weights in shards, written tensor by tensor."""

from __future__ import annotations

import json
import os
from pathlib import Path

from skillprobe_core.runs.weights import TYPES, Weights

_BY_DTYPE = {dtype: name for name, (dtype, _) in TYPES.items()}


def copy_size(weights: Weights) -> int:
    """Bytes of the tensors of a copy."""
    return sum(info.stop - info.start for info in weights.values())


def write_safetensors(weights: Weights, file: Path) -> None:
    """Write all tensors to one file, in the order in which their shards lie; one of them is in memory at a time.

    Raises CheckpointError for a damaged shard, OSError where the file cannot be written.
    """
    import torch

    infos = sorted(weights.values(), key=lambda info: (info.file, info.start, info.name))
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for info in infos:
        size = info.stop - info.start
        shape = list(info.shape)
        header[info.name] = {"dtype": _BY_DTYPE[info.dtype], "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for info in infos:
            out.write(weights.tensor(info.name).contiguous().reshape(-1).view(torch.uint8).numpy().data)
        out.flush()
        os.fsync(out.fileno())
