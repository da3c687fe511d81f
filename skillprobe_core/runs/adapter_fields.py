"""Fields of an adapter's configuration, checked before they are computed with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .bounded_files import RefusedFile

_LARGEST = 1 << 31


def check_adapter_types(config: Mapping[str, Any], file: Path) -> None:
    """Check the types of the fields of a LoRA configuration that its update depends on.

    Args:
        config: The content of `adapter_config.json`.
        file: The file, for messages.

    Raises:
        RefusedFile: A field has another type, or a number is not finite or out of range.
    """
    checks = {
        "r": (_rank, "a whole number from 1"),
        "lora_alpha": (_number, "a finite number"),
        "rank_pattern": (lambda value: _named(value, _rank), "an object of whole numbers from 1"),
        "alpha_pattern": (lambda value: _named(value, _number), "an object of finite numbers"),
        "target_parameters": (_texts, "a list of texts"),
        "trainable_token_indices": (_indices, "a list of whole numbers, or an object of such lists"),
        "base_model_name_or_path": (lambda value: isinstance(value, str), "a text"),
    }
    for name, (valid, expected) in checks.items():
        value = config.get(name)
        if value is not None and not valid(value):
            shown = repr(value)
            shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
            raise RefusedFile(
                f"`{name}` is {shown}, not {expected}",
                remedy="save the adapter again with PEFT's save_pretrained",
                path=file,
            )


def _rank(value: object) -> bool:
    return type(value) is int and 1 <= value < _LARGEST


def _number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < _LARGEST  # type: ignore[arg-type]


def _named(value: object, valid: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and all(map(valid, value.values()))


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _indices(value: object) -> bool:
    lists = list(value.values()) if isinstance(value, dict) else [value]
    return all(isinstance(each, list) and all(type(i) is int and 0 <= i < _LARGEST for i in each) for each in lists)
