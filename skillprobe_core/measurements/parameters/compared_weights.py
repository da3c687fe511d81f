"""The two sides of a comparison: a base and a checkpoint of it, stored whole or as a LoRA adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import torch

from skillprobe_core.runs.adapters import CONFIG_FILE, read_update
from skillprobe_core.runs.weights import TensorInfo, Weights

from .matrix_reader import LowRank, MatrixReader, stored


class Side(Protocol):
    """The interface of one side of a comparison: its tensors by name, tied parameters, and values."""

    @property
    def weights(self) -> Weights:
        """The files that hold the side's tensors."""

    @property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """All tensors by their names in the files."""

    @property
    def tied(self) -> Mapping[str, str]:
        """Parameters that are not stored, with the tensor that each is tied to."""

    def tensor(self, name: str) -> torch.Tensor | None:
        """The stored tensor, None if it is only computed from others."""

    def matrix(self, name: str, part: int | None) -> MatrixReader:
        """The tensor's values (those of one expert if experts are stacked)."""


class Whole:
    """A checkpoint that stores every tensor."""

    def __init__(self, weights: Weights) -> None:
        self.weights: Weights = weights
        self.tensors: Mapping[str, TensorInfo] = weights
        self.tied: Mapping[str, str] = weights.tied

    def tensor(self, name: str) -> torch.Tensor | None:
        """The stored tensor."""
        return self.weights.tensor(name)

    def matrix(self, name: str, part: int | None) -> MatrixReader:
        """The tensor's values, or one expert's."""
        tensor = self.weights.tensor(name)
        return stored(tensor if part is None else tensor[part])


class Adapted:
    """A LoRA adapter on a base: W0 + scale · B A for tensors with factors, its own tensor if it has one, else W0."""

    def __init__(self, base: Weights, adapter: Weights) -> None:
        self.weights: Weights = adapter
        self.tied: Mapping[str, str] = base.tied
        self._base = base
        update = read_update(base, adapter)
        self._own = update.own
        self._factors = {name: (first, second) for name, (first, second, _) in update.factors.items()}
        self.tensors: dict[str, TensorInfo] = dict(base)
        for target, name in update.own.items():
            self.tensors[target] = replace(adapter[name], name=target)
        for target, (_, _, dtype) in update.factors.items():
            self.tensors[target] = replace(base[target], dtype=f"{base[target].dtype}+{dtype}")

    def tensor(self, name: str) -> torch.Tensor | None:
        """The tensor as stored in the adapter or the base; None if it is adapted by factors."""
        if name in self._own:
            return self.weights.tensor(self._own[name])
        return None if name in self._factors else self._base.tensor(name)

    def matrix(self, name: str, part: int | None) -> MatrixReader:
        """The adapted values; the sum is computed piece by piece."""
        if name in self._factors:
            return LowRank(stored(self._base.tensor(name)), *self._factors[name])
        tensor = self._base.tensor(name) if name not in self._own else self.weights.tensor(self._own[name])
        return stored(tensor if part is None else tensor[part])


def sides(base: Weights, checkpoint: Weights) -> tuple[Whole, Whole | Adapted]:
    """Both sides; the checkpoint is an adapter if it has an `adapter_config.json` and adapter tensors."""
    if (checkpoint.model.config / CONFIG_FILE).is_file() and any("lora_" in name for name in checkpoint):
        return Whole(base), Adapted(base, checkpoint)
    return Whole(base), Whole(checkpoint)
