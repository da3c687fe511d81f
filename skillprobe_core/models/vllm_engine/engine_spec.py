"""The description of a vLLM engine and of the weights in it, in values that fit in a message."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.models.compute_devices import made_visible
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.bounded_files import read_object
from skillprobe_core.runs.content_files import file_states
from skillprobe_core.runs.model_config import architecture, read_config

if TYPE_CHECKING:
    from skillprobe_core.runs.model_files import ModelFiles, ModelLike

# Entries of a configuration that do not describe the model.
_NOT_SHAPE = frozenset({"_name_or_path", "name_or_path", "transformers_version", "use_cache", "_commit_hash"})
# Entries of a tokenizer's configuration that an engine, which gets ids, does not read.
_NOT_TOKENS = frozenset(
    {"chat_template", "name_or_path", "transformers_version", "padding_side", "is_local", "local_files_only"}
)
_TOWERS = ("vision_config", "audio_config", "speech_config", "video_config")
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts")


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine to start, and the weights to load into one that runs.

    shape: digest of everything that is decided when an engine starts, except for `max_length`. folder: that of the
    model. weights: identity of its files. adapter, adapter_weights: the same of a LoRA adapter; empty if there is none.
    dtype: `auto` or torch's name. max_length: tokens of the longest prompt with its completion; None for the model's
    own limit. rank: highest rank of the adapter; 0 if there is none. text_only: True for a model with vision or audio
    towers, which are left out. reloads: True if other weights may be loaded into the running engine. visible: the
    CUDA devices that it sees, as in CUDA_VISIBLE_DEVICES (empty: those of this process). parallel: number of devices
    over which the model is spread.
    """

    shape: str
    architecture: str
    folder: str
    weights: str
    tokenizer: str
    dtype: str
    max_length: int | None
    memory_share: float
    adapter: str = ""
    adapter_weights: str = ""
    rank: int = 0
    text_only: bool = False
    reloads: bool = False
    visible: str = ""
    parallel: int = 1

    def as_fields(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def spec_of(
    files: ModelFiles,
    folder: Path,
    adapter_folder: Path | None,
    *,
    dtype: str,
    max_length: int | None,
    tokenizer: Path,
    rank: int,
    memory_share: float,
    keep: bool,
    devices: tuple[str, ...] = (),
) -> EngineSpec:
    """The engine for a checkpoint.

    Args:
        files: The checkpoint, which may be an adapter.
        folder: Folder that holds all parts of the model, or of the adapter's base.
        adapter_folder: The same of the adapter.
        dtype: `auto` or torch's name of a number type.
        max_length: Tokens of the longest prompt with its completion.
        tokenizer: Folder of the tokenizer.
        rank: Highest rank of the adapter; 0 if there is none.
        memory_share: Share of the device's memory that the engine may take.
        keep: True if the engine will serve other checkpoints, if their weights can be reloaded.
        devices: Those of the engine, by torch's names (default: those of this process).

    Returns:
        The specification.
    """
    model = base_of(files) if is_adapter(files) else files
    config = read_config(model)
    text_only = any(config.get(name) for name in _TOWERS)
    parallel = max(1, len(devices))
    # The check of a reload compares the sums of whole parameters, which no device holds of a model that is spread.
    reloads = keep and parallel == 1 and not text_only and is_reloadable(config)
    visible = made_visible(devices) or ""
    rest = [dtype, rank, memory_share, reloads, visible or os.environ.get("CUDA_VISIBLE_DEVICES", ""), parallel]
    return EngineSpec(
        shape=digest_of_value([model_shape(model, tokenizer), rest]),
        architecture=architecture(config),
        folder=str(folder),
        weights=files_state(model),
        tokenizer=str(tokenizer),
        dtype=dtype,
        max_length=max_length,
        memory_share=memory_share,
        adapter=str(adapter_folder or ""),
        adapter_weights=files_state(files) if adapter_folder else "",
        rank=rank,
        text_only=text_only,
        reloads=reloads,
        visible=visible,
        parallel=parallel,
    )


def model_shape(model: ModelLike, tokenizer: Path) -> str:
    """Digest of what an engine takes from a model besides its weights, and cannot change once it runs.

    Args:
        model: The model.
        tokenizer: Folder of its tokenizer.

    Returns:
        The digest.
    """
    config = {name: value for name, value in read_config(model).items() if name not in _NOT_SHAPE}
    return digest_of_value({"config": config, "tokenizer": _tokenizer_digest(tokenizer)})


def is_reloadable(config: Mapping[str, Any]) -> bool:
    """Report if weights of this configuration may be loaded into a running engine.

    Quantised weights and experts are rearranged when they are loaded, which the check of a reload does not cover.
    """
    parts = [config, *(value for value in config.values() if isinstance(value, dict))]
    return not any(part.get("quantization_config") or any(part.get(name) for name in _EXPERTS) for part in parts)


def files_state(files: ModelFiles) -> str:
    """Identity of a model's files on this machine: paths, sizes, times and inodes."""
    return digest_of_value([[str(each.path), each.size, each.mtime_ns, each.inode] for each in file_states(files)])


def _tokenizer_digest(folder: Path) -> str:
    names = ("tokenizer.json", "special_tokens_map.json", "vocab.json", "merges.txt")
    files = [*(folder / name for name in names), *sorted(folder.glob("*.model")), *sorted(folder.glob("*.tiktoken"))]
    digests = [[file.name, sha256(file.read_bytes()).hexdigest()] for file in files if file.is_file()]
    config = read_object(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    return digest_of_value([digests, {name: value for name, value in config.items() if name not in _NOT_TOKENS}])
