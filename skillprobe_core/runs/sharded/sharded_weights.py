"""Weights in shards as a mapping of tensors, each assembled from its chunks when it is read."""

from __future__ import annotations

import io
import weakref
import zipfile
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.bounded_files import read_object
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import TensorInfo, Weights, tied_names

from .file_slice import FileSlice
from .shard_index import Chunk, ShardedTensor, ShardIndex
from .sharded_folder import index_of, missing_shard
from .trainer_names import Stored, UnknownNames, hugging_face_names

if TYPE_CHECKING:
    import torch

_SAVE_AGAIN = "copy or save the checkpoint again, and wait until that has finished before evaluating it"


class ShardedWeights(Weights):
    """The tensors of a sharded checkpoint under their Hugging Face names.

    A tensor is assembled in memory when it is read. It is shared as long as somebody holds it, and the last one is
    kept: the experts of a stack are read one after another. `file`, `start` and `stop` of an entry are the place of its
    first chunk and the tensor's size.
    """

    assembled = True

    def __init__(self, model: ModelFiles, index: ShardIndex, places: Mapping[str, Stored]) -> None:
        self._index, self._places = index, dict(places)
        tensors = {name: _info(name, index, place) for name, place in places.items()}
        super().__init__(model, tensors, tied_names(model.config, tensors))
        self._lock = Lock()
        self._held: weakref.WeakValueDictionary[str, torch.Tensor] = weakref.WeakValueDictionary()
        self._last: torch.Tensor | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files with chunks of the model, sorted by name."""
        names = {chunk.file for place in self._places.values() for chunk in self._index.tensors[place.key].chunks}
        return tuple(self._index.folder / name for name in sorted(names))

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor of that name (or the one it is tied to), read from its chunks.

        Raises:
            CheckpointError: Nothing is stored under the name, or a chunk is damaged.
        """
        place = self._places.get(self.tied.get(name, name))
        if place is None:
            return super().tensor(name)  # raises
        whole = self._whole(place.key)
        if place.expert is not None:
            return whole[place.expert]
        if place.heads:
            rows, columns = whole.shape
            pairs = whole.view(place.heads, rows // place.heads // 2, 2, columns)
            return pairs.transpose(1, 2).reshape(rows, columns)
        return whole

    def _whole(self, key: str) -> torch.Tensor:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                self._last = None  # never hold it and the next one
                found = _assembled(self._index.folder, self._index.tensors[key])
                self._held[key] = found
            self._last = found
            return found


def open_sharded(model: ModelFiles) -> ShardedWeights:
    """The weights of a folder of shards; reads the index only.

    Raises:
        CheckpointError: The index is damaged or refused, a shard is missing, or the names have no known map.
    """
    index = index_of(model.weights)
    if (reason := missing_shard(model.weights)) is not None:
        raise CheckpointError(reason, remedy=_SAVE_AGAIN, path=model.weights)
    try:
        places = hugging_face_names(index.tensors, _config(model.config))
    except UnknownNames as error:
        raise CheckpointError(
            f"the names of the sharded tensors have no map to Hugging Face names: {error}",
            remedy="convert the checkpoint with its trainer's own tool, and evaluate the result; `skillprobe layouts` "
            "lists the commands",
            path=model.weights,
        ) from error
    return ShardedWeights(model, index, places)


def _config(folder: Path) -> dict[str, Any] | None:
    try:
        return read_object(folder / "config.json")
    except (OSError, ValueError):
        return None


def _info(name: str, index: ShardIndex, place: Stored) -> TensorInfo:
    stored = index.tensors[place.key]
    shape = stored.shape if place.expert is None else stored.shape[1:]
    if place.heads and (len(shape) != 2 or shape[0] % (2 * place.heads)):
        raise CheckpointError(
            f"tensor {name!r} of shape {list(shape)} does not have {place.heads} heads",
            remedy="give the base that the run was trained from",
            path=index.folder,
        )
    elements = 1
    for size in shape:
        elements *= size
    first = stored.chunks[0] if stored.chunks else Chunk((), (), "", 0, 0)
    return TensorInfo(
        name, shape, stored.dtype, index.folder / first.file, first.start, first.start + elements * _itemsize(stored)
    )


def _itemsize(stored: ShardedTensor) -> int:
    return {"float64": 8, "int64": 8, "uint64": 8, "float32": 4, "int32": 4, "uint32": 4}.get(
        stored.dtype, 2 if stored.dtype.endswith("16") else 1
    )


def _assembled(folder: Path, stored: ShardedTensor) -> torch.Tensor:
    import torch

    whole = torch.zeros(stored.shape, dtype=getattr(torch, stored.dtype))
    for chunk in stored.chunks:
        part = _read(folder / chunk.file, chunk, whole.dtype)
        place = tuple(slice(start, start + size) for start, size in zip(chunk.offsets, chunk.sizes, strict=True))
        whole[place] = part
    return whole


def _read(file: Path, chunk: Chunk, dtype: torch.dtype) -> torch.Tensor:
    """One chunk; raises CheckpointError unless it is a plain tensor of the expected shape and type."""
    import torch

    try:
        with io.BufferedReader(FileSlice(file, chunk.start, chunk.length)) as handle:
            if chunk.raw:
                data = bytearray(chunk.length)
                if handle.readinto(data) != chunk.length:
                    raise ValueError("truncated")
                return torch.frombuffer(data, dtype=dtype, count=chunk.elements).view(chunk.sizes)
            with zipfile.ZipFile(handle) as archive:
                if any(each.file_size > chunk.length for each in archive.infolist()):
                    raise ValueError("a record is larger than the chunk")
            handle.seek(0)
            part = torch.load(handle, map_location="cpu", weights_only=True)
        if not isinstance(part, torch.Tensor) or part.dtype != dtype or tuple(part.shape) != chunk.sizes:
            raise ValueError(f"not a tensor of shape {list(chunk.sizes)} and type {dtype}")
    except Exception as error:  # torch raises many kinds for damaged bytes
        raise CheckpointError(
            f"the shard at byte {chunk.start} is damaged: {(str(error).splitlines() or [type(error).__name__])[0]}",
            remedy=_SAVE_AGAIN,
            path=file,
        ) from error
    return part
