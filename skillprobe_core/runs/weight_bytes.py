"""One read of a checkpoint's weight files, for everything that is computed from their bytes."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.errors import CheckpointError
from skillprobe_core.machine.paired_sha256 import PairedSha256

from .bounded_files import open_file
from .not_finite import PIECE, not_finite
from .tensor_names import is_constant, plain_name
from .weights import TensorInfo, Weights

if TYPE_CHECKING:
    import torch

_STEP = 1 << 20
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class NotFinite:
    """The first tensor with NaN or infinite weights, and its file."""

    tensor: str
    file: Path
    kind: str

    def error(self) -> CheckpointError:
        """The error for a checkpoint with such weights."""
        return CheckpointError(
            f"tensor {self.tensor!r} holds {self.kind} weights",
            remedy="evaluate an earlier checkpoint: the training had diverged when this one was written (a lower "
            "learning rate or gradient clipping may prevent it)",
            path=self.file,
        )


@dataclass(frozen=True, slots=True)
class WeightBytes:
    """Results of one read of the weight files: SHA-256 by file and tensor, and the first tensor that is not finite."""

    files: Mapping[Path, str]
    tensors: Mapping[str, str]
    not_finite: NotFinite | None


def read_weight_bytes(weights: Weights, known: Mapping[Path, str] | None = None) -> WeightBytes:
    """Read every weight file once, files in parallel; the digests of files in `known` are not computed again.

    Of weights that are assembled from shards, every tensor is read once. Their files, which may also hold an
    optimizer's state, have no digest.
    """
    if weights.assembled:
        return _of_tensors(weights)
    known = known or {}
    with ThreadPoolExecutor(max_workers=min(len(weights.files), os.cpu_count() or 1)) as pool:
        read = list(pool.map(lambda file: _read(file, _infos(weights, file), known.get(file)), weights.files))
    return WeightBytes(
        files={file: digest for file, (digest, _, _) in zip(weights.files, read, strict=True)},
        tensors={name: digest for _, tensors, _ in read for name, digest in tensors.items()},
        not_finite=next((found for _, _, found in read if found is not None), None),
    )


def first_not_finite(weights: Weights) -> NotFinite | None:
    """The first tensor with NaN or infinite weights, in the order of the files; reads up to it."""
    if weights.assembled:
        return next((found for info in _in_order(weights) if (found := _strange(weights, info)) is not None), None)
    for file in weights.files:
        with open_file(file) as handle:
            for info in _infos(weights, file):
                if info.floating:
                    handle.seek(info.start)
                    for piece in _pieces(handle, info):
                        if kind := not_finite(piece, info.dtype):
                            return NotFinite(info.name, file, kind)
    return None


def tensors_digest(weights: Weights, digests: Mapping[str, str]) -> str:
    """SHA-256 over the tensors, each with its Hugging Face name, shape, type and the SHA-256 of its bytes.

    It does not depend on the division into files, on the order of the tensors, or on wrapper prefixes of names. An
    output head that the configuration ties to the embedding counts as stored, so that it makes no difference if a
    library stores it; one that is stored with other values counts with those. Constants that the architecture computes
    by itself (`is_constant`) do not count. A value head does, and so do other types, shapes or stacked tensors.
    """
    counted = {name: name for name in weights if not is_constant(name)} | weights.tied
    entries = []
    for name, stored in counted.items():
        info = weights[stored]
        entries.append([plain_name(name), list(info.shape), info.dtype, digests[stored]])
    return digest_of_value(sorted(entries))


def _of_tensors(weights: Weights) -> WeightBytes:
    tensors, found = {}, None
    for info in _in_order(weights):
        data = _bytes(weights.tensor(info.name))
        tensors[info.name] = hashlib.sha256(data).hexdigest()
        if found is None and info.elements and (kind := not_finite(data, info.dtype)):
            found = NotFinite(info.name, info.file, kind)
    return WeightBytes({}, tensors, found)


def _in_order(weights: Weights) -> list[TensorInfo]:
    return sorted(weights.values(), key=lambda info: (info.file, info.start))


def _strange(weights: Weights, info: TensorInfo) -> NotFinite | None:
    read = info.floating and info.elements
    kind = not_finite(_bytes(weights.tensor(info.name)), info.dtype) if read else None
    return None if kind is None else NotFinite(info.name, info.file, kind)


def _bytes(tensor: torch.Tensor) -> memoryview:
    import torch

    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data


def _infos(weights: Weights, file: Path) -> list[TensorInfo]:
    return sorted((info for info in weights.values() if info.file == file), key=lambda info: info.start)


def _read(file: Path, infos: list[TensorInfo], known: str | None) -> tuple[str, dict[str, str], NotFinite | None]:
    """The file's SHA-256, that of each tensor, and the first tensor that is not finite.

    The tensors lie one after another up to the file's end (see `read_header`).
    """
    of_file, of_tensors, found = PairedSha256(), {}, None
    pending: deque[tuple[TensorInfo, Future[None], Future[str | None]]] = deque()

    def settle(most: int) -> None:
        nonlocal found
        while len(pending) > most:
            info, digests, kind = pending.popleft()
            digests.result()
            if found is None and (strange := kind.result()):
                found = NotFinite(info.name, file, strange)

    # The digests and the check release the interpreter: with reading they take one core each, so that a file takes as
    # long as its digests. A lane has one thread, which keeps its pieces in order.
    lane = partial(ThreadPoolExecutor, max_workers=1)
    with open_file(file) as handle, lane() as of_bytes, lane() as checks:
        of_file.update(handle.read(min((info.start for info in infos), default=-1)))
        for info in infos:
            of_tensor = PairedSha256()
            for piece in _pieces(handle, info):
                add = partial(of_tensor.update_with, of_file) if known is None else of_tensor.update
                pending.append((info, of_bytes.submit(add, piece), checks.submit(not_finite, piece, info.dtype)))
                settle(_AHEAD)
            of_tensors[info.name] = of_tensor
        settle(0)
    tensors = {name: digest.hexdigest() for name, digest in of_tensors.items()}
    return known or of_file.hexdigest(), tensors, found


def _pieces(handle: BufferedReader, info: TensorInfo) -> Iterator[bytes]:
    """The tensor's bytes from the handle's position, a whole number of `PIECE` elements at a time."""
    size = info.stop - info.start
    once = PIECE * (size // max(info.elements, 1))
    step = once * max(1, _STEP // max(once, 1))
    for start in range(0, size, step or 1):
        piece = handle.read(min(step, size - start))
        if not piece:
            return
        yield piece
