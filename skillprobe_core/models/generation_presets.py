"""Sampling settings that a model's generation config states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skillprobe_core.errors import CheckpointError, SettingsError, one_line
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.bounded_files import read_object
from skillprobe_core.runs.model_files import ModelLike, as_files

from .backend import NEUTRAL, SamplingSettings

FILE = "generation_config.json"
_VALUES = ("temperature", "top_p", *NEUTRAL)


def stated_sampling(model: ModelLike) -> dict[str, Any] | None:
    """The sampling that a model's generation config states, by the names of `SamplingSettings`.

    As vLLM reads the file: a value that it does not name changes nothing. Without `do_sample = true` decoding is
    greedy, and only the penalties count, as in transformers.

    Args:
        model: The checkpoint; an adapter without the file has its base's.

    Returns:
        The values; None without the file, or if it says nothing about sampling, like one made from a config.

    Raises:
        CheckpointError: The file is not valid, or a value is not a number.
    """
    path = as_files(model).config / FILE
    if not path.exists():
        return stated_sampling(base_of(model)) if is_adapter(model) else None
    try:
        content = read_object(path)
        named = {name: content[name] for name in _VALUES if content.get(name) is not None}
        values = {name: int(value) if name == "top_k" else float(value) for name, value in named.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise CheckpointError(
            f"the generation config cannot be read: {one_line(error)}",
            remedy="correct the file, or set the sampling under [sampling] in skillprobe.toml in place of `preset`",
            path=path,
        ) from error
    if not values and "do_sample" not in content:
        return None
    if content.get("do_sample") is not True:
        return {"temperature": 0.0, **{name: values[name] for name in values if name.endswith("penalty")}}
    return {"temperature": 1.0, **values}


def with_preset(settings: SamplingSettings, stated: Mapping[str, Any], origin: str) -> SamplingSettings:
    """The settings with the sampling that a generation config states in place of the preset.

    Raises:
        SettingsError: The values are not valid, or several samples are wanted of greedy decoding.
    """
    try:
        return replace(settings, preset=None, **stated)
    except SettingsError as error:
        raise SettingsError(
            f"the generation config of {origin} cannot be used: {error.cause}",
            remedy="remove `preset` under [sampling] in skillprobe.toml and set `temperature` and the others there",
        ) from error
