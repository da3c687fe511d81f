"""The two sides of a comparison: a base and a checkpoint of it, stored whole or as a LoRA adapter."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import torch

from skillprobe_core.checkpoints.weights import TensorInfo, Weights
from skillprobe_core.errors import CheckpointError

from .names import plain_name
from .source import LowRank, Source, stored

_ADAPTER_CONFIG = "adapter_config.json"
_LORA = re.compile(r"(?P<module>.+)\.lora_(?P<embedding>embedding_)?(?P<part>[AB])(\.default)?(\.weight)?$")
_MERGE = "merge the adapter into its base (merge_and_unload() in PEFT), save that, and give the merged checkpoint"


class Side(Protocol):
    """What a comparison needs of one side: its tensors by name, what it ties, and their values."""

    @property
    def weights(self) -> Weights:
        """The files that it came from."""

    @property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """Every tensor by the name that its files give it."""

    @property
    def tied(self) -> Mapping[str, str]:
        """Parameters that are not stored, with the tensor that each is tied to."""

    def tensor(self, name: str) -> torch.Tensor | None:
        """The stored tensor, None where it is only made of others."""

    def source(self, name: str, part: int | None) -> Source:
        """Its values (of one expert, where experts are stacked)."""


class Whole:
    """A checkpoint that stores every tensor."""

    def __init__(self, weights: Weights) -> None:
        self.weights: Weights = weights
        self.tensors: Mapping[str, TensorInfo] = weights
        self.tied: Mapping[str, str] = weights.tied

    def tensor(self, name: str) -> torch.Tensor | None:
        """The stored tensor."""
        return self.weights.tensor(name)

    def source(self, name: str, part: int | None) -> Source:
        """Its values, or one expert's."""
        tensor = self.weights.tensor(name)
        return stored(tensor if part is None else tensor[part])


class Adapted:
    """A LoRA adapter over a base: W0 + scale · B A where it has factors, its own tensor where it saved one, else W0."""

    def __init__(self, base: Weights, adapter: Weights) -> None:
        self.weights: Weights = adapter
        self.tied: Mapping[str, str] = base.tied
        self._base = base
        config = _adapter_config(adapter)
        by_plain = {plain_name(name): name for name in base}
        self.tensors: dict[str, TensorInfo] = dict(base)
        self._factors: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self._own: dict[str, str] = {}
        for name in adapter:
            found = _LORA.match(plain_name(name))
            target = f"{found['module']}.weight" if found else plain_name(name)
            if target not in by_plain and not (found is None and target in base.tied):
                raise CheckpointError(
                    f"adapts {target!r}, which the base {base.folder} has not"
                    if found
                    else f"holds {name!r}, which is neither a LoRA factor nor a tensor of the base",
                    remedy=f"give the base that the adapter was trained on, or {_MERGE}",
                    path=adapter.folder,
                )
            target = by_plain.get(target, target)
            if found is None:
                self._own[target] = name
                self.tensors[target] = replace(adapter[name], name=target)
            elif found["part"] == "A":
                self._factors[target] = _product(adapter, name, found, config, base[target])
                self.tensors[target] = replace(base[target], dtype=f"{base[target].dtype}+{adapter[name].dtype}")

    def tensor(self, name: str) -> torch.Tensor | None:
        """The tensor as the adapter or the base stores it; None where it is adapted by factors."""
        if name in self._own:
            return self.weights.tensor(self._own[name])
        return None if name in self._factors else self._base.tensor(name)

    def source(self, name: str, part: int | None) -> Source:
        """The adapted values; the sum is taken piece by piece."""
        if name in self._factors:
            return LowRank(stored(self._base.tensor(name)), *self._factors[name])
        tensor = self._base.tensor(name) if name not in self._own else self.weights.tensor(self._own[name])
        return stored(tensor if part is None else tensor[part])


def sides(base: Weights, checkpoint: Weights) -> tuple[Whole, Whole | Adapted]:
    """Both sides; the checkpoint is an adapter where it has an `adapter_config.json` and adapter tensors."""
    if (checkpoint.folder / _ADAPTER_CONFIG).is_file() and any("lora_" in name for name in checkpoint):
        return Whole(base), Adapted(base, checkpoint)
    return Whole(base), Whole(checkpoint)


def _adapter_config(adapter: Weights) -> Mapping[str, Any]:
    file = adapter.folder / _ADAPTER_CONFIG
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        kind, rank = config["peft_type"], int(config["r"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"is no adapter configuration: {error!r}", remedy=_MERGE, path=file) from error
    unsupported = [key for key in ("use_dora", "lora_bias", "megatron_config") if config.get(key)]
    if kind != "LORA" or rank < 1 or unsupported:
        what = ", ".join(unsupported) or f"{kind} of rank {rank}"
        raise CheckpointError(f"is an adapter that is more than a plain LoRA ({what})", remedy=_MERGE, path=file)
    return dict(config)


def _product(
    adapter: Weights, name: str, found: re.Match[str], config: Mapping[str, Any], base: TensorInfo
) -> tuple[torch.Tensor, torch.Tensor]:
    """Thin factors of the update, scale included, in the orientation of the base's tensor."""
    other = name.replace("lora_embedding_A", "lora_embedding_B").replace("lora_A", "lora_B")
    second, first = adapter.tensor(name).double(), adapter.tensor(other).double()
    module = found["module"]
    rank = int(_pattern(config.get("rank_pattern"), module, config["r"]))
    alpha = _pattern(config.get("alpha_pattern"), module, config.get("lora_alpha", 8))
    first = first * (alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank)
    if second.shape[0] != rank or first.shape[1] != rank:
        raise CheckpointError(
            f"tensor {name!r} has rank {second.shape[0]}, its configuration says {rank}",
            remedy="write the adapter again: configuration and weights do not belong together",
            path=adapter.folder,
        )
    if found["embedding"] or (config.get("fan_in_fan_out") and first.shape[0] != base.shape[0]):
        first, second = second.T.contiguous(), first.T.contiguous()
    if (first.shape[0], second.shape[1]) != base.shape:
        raise CheckpointError(
            f"tensor {name!r} makes a {first.shape[0]} x {second.shape[1]} update, the base's tensor is {base.shape}",
            remedy="give the base that the adapter was trained on",
            path=adapter.folder,
        )
    if not bool(first.isfinite().all() and second.isfinite().all()):
        raise CheckpointError(
            f"tensor {name!r} or {other!r} holds NaN or infinite weights",
            remedy="the training diverged before this checkpoint was written: take an earlier one",
            path=adapter[name].file,
        )
    return first, second


def _pattern(patterns: Mapping[str, float] | None, module: str, default: float) -> float:
    """The value for a module: patterns match whole names or their ends, as PEFT's do."""
    for pattern, value in (patterns or {}).items():
        if re.fullmatch(rf"(.*\.)?({pattern})", module):
            return value
    return default
