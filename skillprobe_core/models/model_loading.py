"""Loading of a checkpoint's model: local safetensors only; code in the checkpoint is never run."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import torch
from transformers import PreTrainedModel
from transformers.utils import logging as transformers_logging

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.machine.page_faults import unread_pages
from skillprobe_core.runs.adapter_update import Change, Update, read_update
from skillprobe_core.runs.adapters import MERGE, base_of, is_adapter
from skillprobe_core.runs.content_files import FileState, file_states
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_files import ModelFiles, ModelLike, as_files
from skillprobe_core.runs.seal import Fingerprints
from skillprobe_core.runs.tensor_names import canonical_names, wrapper_patterns
from skillprobe_core.runs.weights import Weights, open_weights

from .memory_plan import check_fits, memory_plan
from .model_validation import auto_class, validate
from .text_model import check_text_model


@dataclass(frozen=True, slots=True)
class _Loaded:
    key: tuple[tuple[FileState, ...], torch.dtype | None, torch.device, int]
    model: PreTrainedModel


# Scales of activations and buffers of earlier versions, by other names, are left out rightly.
_LAYER = re.compile(r"(?:\w+\.)+?\d+")
_IN_LAYER = re.compile(r"((?:\w+\.)+?\d+)\.(?:\w+\.)+(?:weight|bias)$")
_loaded: _Loaded | None = None
_lock = Lock()


def load_model(model: ModelLike, dtype: torch.dtype | None = None, device: str = "auto") -> PreTrainedModel:
    """The causal language model of a checkpoint, in evaluation mode; for an adapter, its base with the update added.

    `dtype` None keeps the stored type. `device` is `auto` (CUDA if available) or a name that torch accepts. The last
    model loaded is kept until another one is loaded or `release_model` is called, so that the stages of one checkpoint
    share it: do not modify it. It serves calls for the same files, type and device while size, modification time and
    inode of every file stay the same. Raises CheckpointError for a checkpoint that cannot be loaded, SettingsError for
    a device that is not available or has no room for the weights, before they are read.
    """
    global _loaded  # noqa: PLW0603
    files = as_files(model)
    validate(files)
    key = (_states(files), dtype, choose_device(device), unread_pages())  # a mapped model may have lost pages
    with _lock:
        if _loaded is None or _loaded.key != key:
            _loaded = None  # never hold two models at a time
            _collect()
            check_fits(memory_plan(files, dtype, key[2]), files.path)
            before = Fingerprints.now(files)
            loaded = _load(files, dtype, key[2])
            if before is None or Fingerprints.now(files) != before:
                return loaded  # of files that may not be those of the key: the stage in progress finds that as well
            _loaded = _Loaded(key, loaded)
        return _loaded.model


def release_model() -> None:
    """Drop the model that `load_model` has cached."""
    global _loaded  # noqa: PLW0603
    with _lock:
        _loaded = None
    _collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def choose_device(device: str) -> torch.device:
    """The device named in a setting; raises SettingsError when it is not available."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        if chosen.type == "cuda" and (chosen.index or 0) < torch.cuda.device_count():
            return chosen  # a tensor on it would take hundreds of megabytes of its memory in this process
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(
            f"device {device!r} is not available: {_first_line(error)}",
            remedy='set device = "auto" or "cpu" under [compute] in skillprobe.toml, or "cuda" on a machine with a GPU',
        ) from error


def _states(files: ModelFiles) -> tuple[FileState, ...]:
    """The states of a checkpoint's files, and of its base's where it is an adapter."""
    return file_states(files) + (_states(base_of(files)) if is_adapter(files) else ())


def _collect() -> None:
    """Free what a forgotten model's reference cycles keep alive."""
    gc.collect()
    _freeze()


@cache
def _freeze() -> None:
    """Exempt the libraries' own objects, hundreds of thousands, from later collections; once, as counting is slow."""
    gc.freeze()


def _load(files: ModelFiles, dtype: torch.dtype | None, device: torch.device) -> PreTrainedModel:
    if is_adapter(files):
        base = base_of(files)
        model = _load(base, dtype, torch.device("cpu"))
        merge(model, read_update(open_weights(base), open_weights(files)), open_weights(files))
        return model.to(device)
    transformers_logging.disable_progress_bar()
    try:
        with in_one_folder(files) as folder:
            model, info = auto_class(files).from_pretrained(
                folder,
                dtype="auto" if dtype is None else dtype,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # they are refused below, by name
                key_mapping=wrapper_patterns(open_weights(files)) or None,
            )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise CheckpointError(
            f"the model cannot be loaded: {_first_line(error)}",
            remedy="evaluate the checkpoint as it was before it was quantised, or install the package that the message "
            "names"
            if isinstance(error, ImportError)
            else "save the model again with save_pretrained, so that config.json describes these weights",
            path=files.path,
        ) from error
    _check_loaded(model, info, files)
    model = model.to(device).eval()
    check_text_model(model, files.path)
    return model


def _check_loaded(model: PreTrainedModel, info: Mapping[str, Any], files: ModelFiles) -> None:
    """Raise CheckpointError unless the model holds all stored weights of its layers, and nothing that is not stored."""
    folder = files.path
    if mismatched := sorted(info["mismatched_keys"]):
        name, stored, wanted = mismatched[0]
        raise CheckpointError(
            f"tensor {name!r} has shape {list(stored)}, and config.json requires {list(wanted)}"
            + (f"; {len(mismatched)} tensors have another shape" if len(mismatched) > 1 else ""),
            remedy="save the model again with save_pretrained, so that config.json describes these weights",
            path=folder,
        )
    if missing := sorted(info["missing_keys"]):
        raise CheckpointError(
            f"the weights lack tensors that config.json requires, {len(missing)} in all, the first is {missing[0]!r}",
            remedy="save the whole model with save_pretrained; a value head or an adapter alone is not enough",
            path=folder,
        )
    layers = {name for name, _ in model.named_modules() if _LAYER.fullmatch(name)}
    # Earlier versions of GPT-J, GPT-Neo and others saved their causal masks, which are called biases too.
    masks = tuple(name for name, each in open_weights(files).items() if name.endswith(".bias") and len(each.shape) > 2)
    unused = sorted(
        name
        for name in info["unexpected_keys"]
        if (found := _IN_LAYER.match(name)) and found[1] in layers and not name.endswith(masks)
    )
    if unused and getattr(model.config, "quantization_config", None) is None:  # quantisers add biases of zeros
        raise CheckpointError(
            f"config.json describes a {type(model).__name__}, whose layers have no tensor {unused[0]!r}"
            + (f", and {len(unused)} tensors of the weights would be left out" if len(unused) > 1 else ""),
            remedy="restore the config.json that was saved with these weights (its `model_type` and `architectures`)",
            path=folder,
        )


@torch.no_grad()
def merge(model: PreTrainedModel, update: Update, adapter: Weights) -> None:
    """Add an adapter's changes to its base's loaded weights, in memory; sums are computed in float64, rounded once.

    Raises CheckpointError for a tensor that the loaded model does not have, or holds in a quantised type.
    """
    parameters = dict(model.named_parameters(remove_duplicate=False))
    names = {each.key: name for name, each in canonical_names(parameters).items()}
    shared = Counter(parameter.data_ptr() for parameter in parameters.values())
    for key, change in update.changes.items():
        weight = parameters.get(names.get(key, ""))
        if weight is None or not weight.is_floating_point() or weight.dtype.itemsize < 2:
            raise CheckpointError(
                f"the adapter changes {key!r}, which the loaded base "
                + ("does not have" if weight is None else f"holds as {str(weight.dtype).removeprefix('torch.')}"),
                remedy=f"give the base in bfloat16, float16 or float32 (--base FOLDER), or {MERGE}",
                path=adapter.folder,
            )
        if change.own:
            weight = adapter.tensor(change.own).to(weight.dtype, copy=True)
            _replace(model, names[key], weight)
        elif change.rows is None and shared[weight.data_ptr()] > 1:
            weight = weight.clone()  # a head that was tied to the base's embedding keeps the base's values
            _replace(model, names[key], weight)
        if change.rows is not None:
            indices, name = change.rows
            weight[list(indices)] = adapter.tensor(name).to(weight.dtype)
        elif not change.is_own:
            _changed(weight, change, adapter)


def _replace(model: PreTrainedModel, name: str, values: torch.Tensor) -> None:
    """Put a new parameter in place of one, so that parameters tied to it keep their values."""
    module, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(module), attribute, torch.nn.Parameter(values, requires_grad=False))


def _changed(weight: torch.Tensor, change: Change, adapter: Weights) -> None:
    """Add the factors or the bias of a change to a weight, in place."""
    if change.bias is not None:
        name, scale = change.bias
        weight.copy_(weight.double() + scale * adapter.tensor(name).double())
        return
    assert change.factors is not None
    first, second = change.factors
    if first.dim() == 3:
        if (first.shape[1], second.shape[2]) != weight.shape[1:]:
            first, second = second.transpose(1, 2), first.transpose(1, 2)
        for expert, one, other in zip(weight, first, second, strict=True):
            expert.copy_(expert.double() + one @ other)
        return
    total = weight.double() + first @ second
    if change.magnitude is not None:
        over = 1 if change.magnitude_of == "rows" else 0
        total *= (change.magnitude / torch.linalg.vector_norm(total, dim=over)).unsqueeze(over)
    weight.copy_(total)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
