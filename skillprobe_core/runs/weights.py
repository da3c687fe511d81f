"""Streamed reading of weights from memory-mapped safetensors files, one tensor at a time."""

from __future__ import annotations

import math
import mmap
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.errors import CheckpointError

from .bounded_files import LARGEST_LISTS, RefusedFile, open_file, read_object
from .model_files import ModelFiles, ModelLike, as_files
from .tensor_headers import StoredTensor, read_tensor_header
from .tensor_names import canonical_names

if TYPE_CHECKING:
    import torch

SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
ADAPTER_FILE = "adapter_model.safetensors"

# safetensors' type names, torch's, and bits per element
TYPES: dict[str, tuple[str, int]] = {
    "F64": ("float64", 64),
    "F32": ("float32", 32),
    "F16": ("float16", 16),
    "BF16": ("bfloat16", 16),
    "F8_E4M3": ("float8_e4m3fn", 8),
    "F8_E5M2": ("float8_e5m2", 8),
    "F8_E8M0": ("float8_e8m0fnu", 8),
    "U64": ("uint64", 64),
    "U32": ("uint32", 32),
    "U16": ("uint16", 16),
    "I64": ("int64", 64),
    "I32": ("int32", 32),
    "I16": ("int16", 16),
    "I8": ("int8", 8),
    "U8": ("uint8", 8),
    "BOOL": ("bool", 8),
}
# Files of a trainer's own that end like pickled weights. They are never opened.
_TRAINER_FILES = re.compile(r"(optimizer|scheduler|scaler|rng_state|training_args|trainer_state)[\w.-]*\.(pt|pth|bin)")
_EMBEDDINGS = re.compile(r"(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings)\.weight$")
_HEADS = ("lm_head.weight", "embed_out.weight")
_LONGEST_NAME = 255  # bytes of a file name
# Python 3.11 does not name the flag.
_LINUX_NORESERVE = 0x4000 if sys.platform == "linux" else 0
_COPY_AGAIN = "copy or save the checkpoint again, and wait until that has finished before evaluating it"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A stored tensor's name, shape, type (torch's name) and place: `start` and `stop` are bytes of the file."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    file: Path
    start: int
    stop: int

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def floating(self) -> bool:
        """True if the elements are floating-point numbers."""
        return "float" in self.dtype


class Weights(Mapping[str, TensorInfo]):
    """A read-only mapping from tensor names to the stored tensors' descriptions.

    Names, shapes and types come from the files' headers; `tensor` maps the data into memory without copying it.
    `tied` names the parameters that are not stored because the configuration ties them to a stored one.
    """

    assembled = False
    """True if `tensor` reads a copy into memory, so that the files do not hold tensors one after another."""

    def __init__(self, model: ModelFiles, tensors: Mapping[str, TensorInfo], tied: Mapping[str, str]) -> None:
        self.model = model
        self.tied = dict(tied)
        self._tensors = dict(tensors)
        self._maps: dict[Path, mmap.mmap] = {}

    def __getitem__(self, name: str) -> TensorInfo:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    @property
    def folder(self) -> Path:
        """The model's folder, for messages."""
        return self.model.path

    @property
    def files(self) -> tuple[Path, ...]:
        """The weight files, each once, sorted by name."""
        return tuple(sorted({info.file for info in self._tensors.values()}))

    @property
    def parameter_count(self) -> int:
        """Number of stored elements; tied parameters count once."""
        return sum(info.elements for info in self._tensors.values())

    @property
    def dtype(self) -> str:
        """Storage type of most elements, by torch's name; empty where nothing is stored."""
        elements: Counter[str] = Counter()
        for info in self._tensors.values():
            elements[info.dtype] += info.elements
        return elements.most_common(1)[0][0] if elements else ""

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor of that name (or the one it is tied to), as a view of the mapped file.

        The view is backed by the file: pages are read when they are touched and cost no anonymous memory.
        Raises CheckpointError when nothing is stored under the name.
        """
        import torch

        info = self._tensors.get(self.tied.get(name, name))
        if info is None:
            raise CheckpointError(
                f"there is no tensor {name!r}",
                remedy="give a checkpoint of the base's architecture, saved as a whole model",
                path=self.folder,
            )
        dtype: torch.dtype = getattr(torch, info.dtype)
        if info.elements == 0:
            return torch.empty(info.shape, dtype=dtype)
        flat = torch.frombuffer(self._map(info.file), dtype=dtype, count=info.elements, offset=info.start)
        return flat.view(info.shape)

    def stream(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Every stored tensor with its name, in file order: one sequential read of the disk."""
        for info in sorted(self._tensors.values(), key=lambda info: (info.file, info.start)):
            yield info.name, self.tensor(info.name)

    def _map(self, file: Path) -> mmap.mmap:
        if file not in self._maps:
            # torch accepts a private writable mapping without a warning. Without a reservation the mapping does not
            # count as memory, so a file larger than the machine's memory can be mapped too.
            flags = mmap.MAP_PRIVATE | getattr(mmap, "MAP_NORESERVE", _LINUX_NORESERVE)
            with open_file(file) as handle:
                self._maps[file] = mmap.mmap(handle.fileno(), 0, flags=flags, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        return self._maps[file]


def open_weights(model: ModelLike) -> Weights:
    """The weights of a checkpoint: `model.safetensors`, or the shards of its index, or a PEFT adapter's, or one file.

    A folder of torch.distributed.checkpoint is read as `ShardedWeights`, and weights that need their trainer's tool
    from the copy that it makes.

    Reads headers only. Raises CheckpointError for a folder without safetensors weights (pickled weights are never
    opened), for a truncated or damaged file, a missing shard, and an index entry without a tensor.
    """
    from .readable_copy import copied
    from .sharded.sharded_folder import is_sharded
    from .sharded.sharded_weights import open_sharded

    model = as_files(model)
    if model.command:
        return open_weights(copied(model))
    if is_sharded(model.weights):
        return open_sharded(model)
    tensors: dict[str, TensorInfo] = {}
    stored = weight_files(model.weights)
    for file in stored:
        for info in read_header(file):
            if info.name in tensors:
                raise CheckpointError(
                    f"tensor {info.name!r} is also stored in {tensors[info.name].file.name}",
                    remedy=_COPY_AGAIN,
                    path=file,
                )
            tensors[info.name] = info
    if [file.name for file in stored] == [ADAPTER_FILE]:
        return Weights(model, tensors, {})
    if not tensors:
        raise CheckpointError("the weights hold no tensors", remedy=_COPY_AGAIN, path=stored[0])
    if model.weights.is_dir() and [file.name for file in stored] != [SINGLE_FILE]:
        _check_index(model.weights, tensors)
    return Weights(model, tensors, tied_names(model.config, tensors))


def is_embedding(name: str) -> bool:
    """True if a tensor of that name is a token embedding."""
    return _EMBEDDINGS.search(name) is not None


def read_header(file: Path) -> list[TensorInfo]:
    """The tensors that one safetensors file holds, checked against the file's size; no data is read.

    Raises CheckpointError for a file that is cut short, damaged or of an unknown element type.
    """
    try:
        header = read_tensor_header(file)
    except OSError as error:
        raise CheckpointError(f"cannot be read: {error.strerror}", remedy=_COPY_AGAIN, path=file) from error
    tensors, end = [], header.data_start
    for stored in header.tensors:
        info = _tensor_info(file, stored, header.data_start)
        if info.start != end:
            raise _damaged(f"tensor {stored.name!r} does not start where the previous one ends", file)
        end = info.stop
        tensors.append(info)
    if end != header.size:
        short = "truncated" if header.size < end else "extra bytes after the last tensor"
        raise CheckpointError(f"{short}: {header.size} bytes, but its header says {end}", remedy=_COPY_AGAIN, path=file)
    return tensors


def _tensor_info(file: Path, stored: StoredTensor, data_start: int) -> TensorInfo:
    if stored.dtype not in TYPES:
        raise CheckpointError(
            f"tensor {stored.name!r} has the unsupported element type {stored.dtype[:40]}",
            remedy="save the checkpoint in float32, bfloat16, float16 or float8",
            path=file,
        )
    dtype, bits = TYPES[stored.dtype]
    held = stored.stop - stored.start
    if held * 8 != math.prod(stored.shape) * bits:
        raise _damaged(
            f"tensor {stored.name!r} has {held} bytes, which does not fit shape {stored.shape} of {dtype}", file
        )
    return TensorInfo(stored.name, stored.shape, dtype, file, data_start + stored.start, data_start + stored.stop)


def _damaged(cause: str, file: Path) -> CheckpointError:
    return CheckpointError(f"damaged header: {cause}", remedy=_COPY_AGAIN, path=file)


def _rename_first(pickled: Sequence[str]) -> str:
    """The step before a conversion by transformers, which reads pickled weights under one name only."""
    if any(name.startswith("pytorch_model") for name in pickled):
        return ""
    return (
        "and it holds a state dict with the names of transformers, rename it to pytorch_model.bin (else convert it "
        "with its trainer's tool: `skillprobe layouts`), then "
    )


def weight_files(folder: Path) -> list[Path]:
    """The files that `open_weights` reads, sorted by name; raises its errors for those that are not there."""
    if folder.is_file():
        return [folder]
    indexed = (folder / INDEX_FILE).is_file()
    if (folder / SINGLE_FILE).is_file() and not (indexed and _is_remainder(folder)):
        return [folder / SINGLE_FILE]
    if (folder / ADAPTER_FILE).is_file() and not indexed:
        return [folder / ADAPTER_FILE]
    if indexed:
        shards = sorted(set(weight_map(folder).values()))
        for shard in shards:
            if not (folder / shard).is_file():
                raise CheckpointError(f"shard {shard} is missing", remedy=_COPY_AGAIN, path=folder / INDEX_FILE)
        return [folder / shard for shard in shards]
    if not folder.is_dir():
        raise CheckpointError(
            "not a folder" if folder.exists() else "no such folder",
            remedy="correct the path; it must be the folder that holds config.json and the weights",
            path=folder,
        )
    names = sorted(path.name for path in folder.iterdir())
    if any(name.endswith(".safetensors") for name in names):
        raise CheckpointError(
            f"the folder holds safetensors files but neither {SINGLE_FILE} nor {INDEX_FILE}",
            remedy=f"rename a single weight file to {SINGLE_FILE}; for several, also copy {INDEX_FILE}, which "
            "save_pretrained writes next to them",
            path=folder,
        )
    pickled = [name for name in names if name.endswith((".bin", ".pt", ".pth")) and not _TRAINER_FILES.fullmatch(name)]
    if pickled:
        raise CheckpointError(
            "pickled weights are never opened, since they can run code",
            remedy=f"if you trust the file, {_rename_first(pickled)}convert it once: "
            "AutoModelForCausalLM.from_pretrained(FOLDER, use_safetensors=False).save_pretrained(NEW_FOLDER) writes "
            "safetensors (copy the tokenizer files there as well); or configure the trainer to save safetensors",
            path=folder / pickled[0],
        )
    raise CheckpointError(
        f"the folder holds no weights (neither {SINGLE_FILE} nor {INDEX_FILE} with its shards)",
        remedy="give the folder of a whole checkpoint; in a training run that is one of its checkpoint-N folders",
        path=folder,
    )


def _is_remainder(folder: Path) -> bool:
    """True if a single file next to an index lacks tensors of it that the shards hold.

    DeepSpeed's ZeRO-3 leaves such a file, in which the tensors of other ranks are missing or have no elements.
    """
    try:
        mapped = weight_map(folder)
    except CheckpointError:
        return False
    if not all((folder / shard).is_file() for shard in set(mapped.values())):
        return False  # an index that an earlier save left
    stored = {info.name for info in read_header(folder / SINGLE_FILE) if info.elements}
    return not stored >= set(mapped)


def weight_map(folder: Path) -> dict[str, str]:
    """The shard of each tensor, by a folder's index; raises CheckpointError for a damaged index."""
    file = folder / INDEX_FILE
    try:
        shards = read_object(file, LARGEST_LISTS).get("weight_map")
    except RefusedFile as error:
        raise CheckpointError(f"damaged index: {error.cause}", remedy=_COPY_AGAIN, path=file) from error
    if not isinstance(shards, dict) or not all(isinstance(shard, str) for shard in shards.values()):
        raise CheckpointError(
            "damaged index: `weight_map` does not name a file for each tensor", remedy=_COPY_AGAIN, path=file
        )
    if not shards:
        raise CheckpointError("damaged index: `weight_map` names no tensor", remedy=_COPY_AGAIN, path=file)
    for shard in set(shards.values()):
        usable = len(shard.encode()) <= _LONGEST_NAME and "\0" not in shard
        if not usable or Path(shard).name != shard or not shard.endswith(".safetensors"):
            raise CheckpointError(
                f"the index names {shard[:300]!r}, which is not a safetensors file in the same folder",
                remedy=_COPY_AGAIN,
                path=file,
            )
    return shards


def _check_index(folder: Path, tensors: Mapping[str, TensorInfo]) -> None:
    for name, shard in weight_map(folder).items():
        if name not in tensors or tensors[name].file.name != shard:
            raise CheckpointError(
                f"the index places tensor {name!r} in {shard}, which does not hold it",
                remedy=_COPY_AGAIN,
                path=folder / INDEX_FILE,
            )


def tied_names(config_folder: Path, tensors: Mapping[str, TensorInfo]) -> dict[str, str]:
    """The output head, if it is not stored and the configuration ties it to the embedding (the default)."""
    try:
        config = read_object(config_folder / "config.json")
    except (OSError, ValueError):
        return {}
    text = config.get("text_config")
    text = text if isinstance(text, dict) else {}
    names = {name: each for name, each in canonical_names(tensors).items() if each.place == "text"}
    embeddings = [name for name, each in names.items() if _EMBEDDINGS.search(name) and each.layer is None]
    stored_head = any(f"{each.key.split('.')[0]}.weight" in _HEADS for each in names.values())
    if (
        stored_head
        or len(embeddings) != 1
        or not config.get("tie_word_embeddings", text.get("tie_word_embeddings", True))
    ):
        return {}
    return {_HEADS[1] if embeddings[0].endswith("embed_in.weight") else _HEADS[0]: embeddings[0]}
