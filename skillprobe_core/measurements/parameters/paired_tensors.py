"""Pairing of a checkpoint's tensors with its base's."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.tensor_names import match_names, plain_name
from skillprobe_core.runs.weights import TensorInfo

from .compared_weights import Side
from .tensor_components import component_of, layer_of

_REMEDY = "give the checkpoint that the training started from as the base: --base FOLDER, or `base` in skillprobe.toml"


@dataclass(frozen=True, slots=True)
class Pair:
    """A tensor of the checkpoint and the base's tensor that it started from; `part` is the number of a stacked expert.

    `status`: `compared`; `tied`, not a separate parameter but `tied_to` another; `missing`, only in the base; `new`,
    only in the checkpoint; `not_float`, not weights.
    """

    name: str
    status: str
    base: TensorInfo | None = None
    tensor: TensorInfo | None = None
    part: int | None = None
    tied_to: str | None = None

    @property
    def label(self) -> str:
        """The tensor's name, with the number of the part if it has one."""
        return self.name if self.part is None else f"{self.name}[{self.part}]"

    @property
    def base_label(self) -> str | None:
        """The base's name for it, in the same form."""
        if self.base is None:
            return None
        return self.base.name if self.part is None else f"{self.base.name}[{self.part}]"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the tensor, or of one part of it."""
        info = self.tensor or self.base
        return () if info is None else info.shape if self.part is None else info.shape[1:]


def pair_tensors(base: Side, checkpoint: Side) -> list[Pair]:
    """Every tensor of either side, matched by name, in the order of the checkpoint's names.

    Two names match if they differ only by wrapper prefixes, or only in their first words while the rest is unique.
    Stacked experts are split. Raises CheckpointError for unequal shapes, different numbers of layers, and sides without
    a common tensor.
    """
    matched = match_names(base.tensors, checkpoint.tensors)
    if not matched:
        raise CheckpointError(
            f"no tensor in common with the base {base.weights.folder}", remedy=_REMEDY, path=checkpoint.weights.folder
        )
    _same_depth(base, checkpoint)
    pairs: list[Pair] = []
    for name, info in checkpoint.tensors.items():
        twin = _stored_twice(base, checkpoint, name)
        old = base.tensors.get(matched.get(name) or base.tied.get(plain_name(name), ""))
        if twin is not None:
            pairs.append(Pair(name, "tied", old, info, tied_to=twin))
        elif old is None:
            pairs.append(Pair(name, "new", None, info))
        else:
            pairs += _compared(base, checkpoint, name, old, info)
    for name in base.tensors.keys() - set(matched.values()):
        tied_to = checkpoint.tied.get(plain_name(name))
        pairs.append(Pair(name, "tied" if tied_to else "missing", base.tensors[name], tied_to=tied_to))
    for name in checkpoint.tied.keys() & base.tied.keys():
        pairs.append(Pair(name, "tied", tied_to=checkpoint.tied[name]))
    return sorted(pairs, key=lambda pair: (pair.name, pair.part or 0))


def _compared(base: Side, checkpoint: Side, name: str, old: TensorInfo, new: TensorInfo) -> list[Pair]:
    if old.shape != new.shape:
        raise CheckpointError(
            f"tensor {name!r} has shape {new.shape}, but {old.shape} in the base {base.weights.folder}",
            remedy=_REMEDY,
            path=checkpoint.weights.folder,
        )
    if "float" not in new.dtype or "float" not in old.dtype or not new.elements:
        return [Pair(name, "not_float", old, new)]
    if len(new.shape) == 3 and component_of(name).startswith("mlp"):
        return [Pair(name, "compared", old, new, part) for part in range(new.shape[0])]
    return [Pair(name, "compared", old, new)]


def _same_depth(base: Side, checkpoint: Side) -> None:
    old, new = ({layer_of(name) for name in side.tensors} - {None} for side in (base, checkpoint))
    if old != new:
        raise CheckpointError(
            f"the checkpoint has {len(new)} layers, but the base {base.weights.folder} has {len(old)}",
            remedy=_REMEDY,
            path=checkpoint.weights.folder,
        )


def _stored_twice(base: Side, checkpoint: Side, name: str) -> str | None:
    """The embedding, if `name` is a head that the base ties to it and the checkpoint stores as a copy; else None."""
    embedding = base.tied.get(plain_name(name))
    if embedding is None:
        return None
    twin = next((other for other in checkpoint.tensors if plain_name(other) == plain_name(embedding)), None)
    head, embedded = checkpoint.tensor(name), checkpoint.tensor(twin) if twin else None
    same = head is not None and embedded is not None and head.shape == embedded.shape and torch.equal(head, embedded)
    return twin if same else None
