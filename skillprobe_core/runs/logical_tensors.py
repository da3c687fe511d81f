"""The weights of a stored model as the model uses them: quantised ones with their scales, each under one name.

Only headers are read here; `measurements/parameters` reads the values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .bounded_files import read_object
from .quantised import quantised
from .stored_weight import Stored
from .tensor_names import CanonicalName, canonical_names
from .weights import Weights

_LAYER_COUNTS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
_INTERLEAVED = ("gpt_oss", "openai_privacy_filter")
_TEXT_CONFIGS = ("text_config", "llm_config", "language_config", "thinker_config")


@dataclass(frozen=True, slots=True)
class LogicalTensor:
    """One weight of a model.

    name: its name in the file; for quantised weights the name that it would have in plain storage. key: its canonical
    name (see `canonical_names`). dtype: its stored type, with the scales' type for quantised weights (`A*B`).
    stored: how the stored tensors give its values. unreadable: the storage format of weights that cannot be
    dequantised; empty for all others. Their shape is unknown and left empty. interleaved: True if the rows of stacked
    gate and up projections alternate, as in gpt-oss.
    """

    name: str
    key: str
    place: str
    shape: tuple[int, ...]
    dtype: str
    file: Path
    stored: Stored
    unreadable: str = ""
    interleaved: bool = False

    @property
    def elements(self) -> int:
        """Number of weights; 0 if it is not known."""
        return 0 if self.unreadable else math.prod(self.shape)

    @property
    def floating(self) -> bool:
        """True if the elements are floating-point numbers or dequantised to them."""
        return "float" in self.dtype

    @property
    def layer(self) -> int | None:
        """Number of the language model's layer; None outside its layers."""
        return CanonicalName(self.key, "text").layer if self.place == "text" else None


def logical_tensors(weights: Weights) -> dict[str, LogicalTensor]:
    """All weights of a stored model by their canonical names, in the order of the stored names.

    Constants that the model computes itself and scales of activations are left out.
    """
    config = raw_config(weights)
    logical = {name: each for name, each in quantised(weights, config).items() if each is not None}
    names = canonical_names(logical, layer_count(config))
    interleaved = text_config(config).get("model_type") in _INTERLEAVED
    found = {}
    for name, each in logical.items():
        if names[name].place == "constant":
            continue
        info = weights[each.codes]
        tensor = LogicalTensor(
            name, names[name].key, names[name].place, each.shape, each.dtype, info.file, each.stored, each.unreadable
        )
        tensor = _renamed_stack(tensor)
        found[tensor.key] = replace(tensor, interleaved=interleaved and tensor.key.endswith(".gate_up_proj"))
    return found


def raw_config(weights: Weights) -> Mapping[str, Any]:
    """The model's config.json; empty if it is missing or damaged, which loading the model reports."""
    try:
        return read_object(weights.model.config / "config.json")
    except (OSError, ValueError):
        return {}


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's part of a configuration, or the configuration itself."""
    for name in _TEXT_CONFIGS:
        if isinstance(config.get(name), dict):
            return text_config(config[name])
    return config


def layer_count(config: Mapping[str, Any]) -> int | None:
    """Number of the language model's layers; None if the configuration does not state it."""
    text = text_config(config)
    return next((int(text[name]) for name in _LAYER_COUNTS if isinstance(text.get(name), int)), None)


@dataclass(frozen=True, slots=True)
class ModelTensors:
    """The weights of one model: stored ones by their canonical names, and the heads that are tied to an embedding.

    tied: canonical names of parameters that are not stored, each with that of the tensor that it is tied to.
    """

    weights: Weights
    tensors: Mapping[str, LogicalTensor]
    tied: Mapping[str, str]

    @classmethod
    def of(cls, weights: Weights) -> ModelTensors:
        """Those of a model that stores all its weights."""
        tensors = logical_tensors(weights)
        keys = {tensor.name: key for key, tensor in tensors.items()}
        return cls(weights, tensors, {head: keys[stored] for head, stored in weights.tied.items() if stored in keys})


def _renamed_stack(tensor: LogicalTensor) -> LogicalTensor:
    """Granite's stacked experts under the usual names."""
    if len(tensor.shape) == 3:
        for own, usual in ((".mlp.input_linear.weight", "gate_up_proj"), (".mlp.output_linear.weight", "down_proj")):
            if tensor.key.endswith(own):
                return replace(tensor, key=f"{tensor.key.removesuffix(own)}.mlp.experts.{usual}")
    return tensor
