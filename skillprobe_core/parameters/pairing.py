"""Which tensor of a checkpoint belongs to which of its base."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from skillprobe_core.checkpoints.weights import TensorInfo, Weights
from skillprobe_core.errors import CheckpointError

from .names import plain_name

_REMEDY = "give the checkpoint that the training started from as the base"


@dataclass(frozen=True, slots=True)
class Pair:
    """A tensor of the checkpoint and the base's tensor that it grew out of, under the checkpoint's name."""

    name: str
    base: TensorInfo
    tensor: TensorInfo


def pair_tensors(base: Weights, checkpoint: Weights) -> list[Pair]:
    """The tensors of both, matched by name, in the order of the checkpoint's files.

    A head that the base ties is compared with the embedding that it is tied to. Raises CheckpointError for a tensor
    that one side lacks (unless it ties it) and for unequal shapes, naming the tensor.
    """
    base_names = {plain_name(name): name for name in base}
    names = {plain_name(name): name for name in checkpoint}
    if not names.keys() & base_names.keys():
        raise CheckpointError(f"shares no tensor with the base {base.folder}", remedy=_REMEDY, path=checkpoint.folder)
    _refuse_missing(names.keys() - base_names.keys() - base.tied.keys(), base, checkpoint)
    _refuse_missing(base_names.keys() - names.keys() - checkpoint.tied.keys(), checkpoint, base)
    pairs = []
    for plain, name in names.items():
        pair = Pair(name, base[base_names.get(plain) or base.tied[plain]], checkpoint[name])
        if pair.base.shape != pair.tensor.shape:
            raise CheckpointError(
                f"tensor {name!r} has shape {pair.tensor.shape}, in the base {base.folder} it has {pair.base.shape}",
                remedy=_REMEDY,
                path=checkpoint.folder,
            )
        pairs.append(pair)
    return sorted(pairs, key=lambda pair: (pair.tensor.file, pair.tensor.start))


def _refuse_missing(missing: Set[str], lacking: Weights, having: Weights) -> None:
    if missing:
        others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise CheckpointError(
            f"has no tensor {min(missing)!r}{others}, which {having.folder} has", remedy=_REMEDY, path=lacking.folder
        )
