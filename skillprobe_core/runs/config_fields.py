"""Fields of a model's configuration, checked before a library builds a model from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .bounded_files import RefusedFile
from .weights import Weights

_PARTS = ("text_config", "language_config", "llm_config", "thinker_config", "vision_config", "audio_config",
          "quantization_config")  # fmt: skip
_POSITIVE = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "num_attention_heads", "n_head", "hidden_size",
             "n_embd", "d_model", "vocab_size")  # fmt: skip
_NOT_NEGATIVE = ("num_key_value_heads", "head_dim", "intermediate_size", "num_experts", "num_local_experts",
                 "n_routed_experts")  # fmt: skip
_TOKENS = ("eos_token_id", "bos_token_id", "pad_token_id", "decoder_start_token_id")
_MOST_LAYERS = 1000
_LARGEST_INTEGER = 1 << 53
# Eight four-bit codes in an integer of 32 bits, and tables that are factorised.
_PACKED = 16
_SAVE_AGAIN = "save the checkpoint again, or copy this file from the base model"


def check_types(config: Mapping[str, Any], file: Path) -> None:
    """Check the types of the fields that skillprobe and the libraries rely on.

    Args:
        config: The content of `config.json` or `generation_config.json`.
        file: The file, for messages.

    Raises:
        RefusedFile: A field has another type, or a size is not one.
    """
    for name in ("model_type",):
        if not isinstance(config.get(name), str | None):
            raise _wrong(name, config[name], "a text", file)
    classes = config.get("architectures")
    if classes is not None and not (isinstance(classes, list) and all(isinstance(each, str) for each in classes)):
        raise _wrong("architectures", classes, "a list of texts", file)
    for name in _PARTS:
        if not isinstance(config.get(name), dict | None):
            raise _wrong(name, config[name], "an object", file)
    for part in _parts(config):
        for name in (*_POSITIVE, *_NOT_NEGATIVE):
            least = 1 if name in _POSITIVE else 0
            if not all(_whole(size) and size >= least for size in _several(part.get(name))):
                raise _wrong(name, part[name], f"a whole number from {least}", file)
        for name in _TOKENS:
            if not all(map(_whole, _several(part.get(name)))):
                raise _wrong(name, part[name], "a token's id, or a list of them", file)


def check_sizes(config: Mapping[str, Any], weights: Weights, file: Path) -> None:
    """Check that the weights are large enough for the configuration: a library builds the model before it notices.

    Args:
        config: The content of `config.json`, checked by `check_types`.
        weights: The weights that it describes.
        file: The file, for messages.

    Raises:
        RefusedFile: It states more layers than there are tensors, or an embedding larger than all weights together.
    """
    tensors, elements = len(weights), weights.parameter_count
    for part in _parts(config):
        for name, value in part.items():
            if "layer" in name and _whole(value) and value > max(tensors, _MOST_LAYERS):
                raise _exceeds(f"`{name}` is {value}", f"has {tensors} tensors", file)
            if name in ("num_experts", "num_local_experts", "n_routed_experts", "num_attention_heads", "n_head"):
                for count in _several(value):
                    if count > max(elements, _MOST_LAYERS):
                        raise _exceeds(f"`{name}` is {count}", f"has {elements} elements", file)
    text = next((part for part in _parts(config) if "vocab_size" in part and _width(part)), None)
    if text is not None:
        rows, columns = max(_several(text["vocab_size"]), default=0), _width(text)
        if rows * columns > _PACKED * elements:
            raise _exceeds(f"`vocab_size` is {rows} and a token has {columns} values", f"has {elements} elements", file)


def _width(part: Mapping[str, Any]) -> int:
    return max((size for name in ("hidden_size", "n_embd", "d_model") for size in _several(part.get(name))), default=0)


def _parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield config
    for name in _PARTS:
        if isinstance(config.get(name), dict):
            yield from _parts(config[name])


def _several(value: object) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _whole(value: object) -> bool:
    return type(value) is int and abs(value) <= _LARGEST_INTEGER


def _wrong(name: str, value: object, expected: str, file: Path) -> RefusedFile:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
    return RefusedFile(f"`{name}` is {shown}, not {expected}", remedy=_SAVE_AGAIN, path=file)


def _exceeds(stated: str, held: str, file: Path) -> RefusedFile:
    return RefusedFile(
        f"it does not describe these weights: {stated}, but the model {held}", remedy=_SAVE_AGAIN, path=file
    )
