"""The two sides of a comparison: a base and a checkpoint of it, stored whole or as a LoRA adapter."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import torch

from skillprobe_core.runs.adapter_update import Change, read_update, stack_of
from skillprobe_core.runs.adapters import is_adapter
from skillprobe_core.runs.logical_tensors import ModelTensors
from skillprobe_core.runs.stored_weight import Stored as StoredAs
from skillprobe_core.runs.tensor_pieces import Part, Piece
from skillprobe_core.runs.weights import Weights

from .matrix_reader import LowRank, MatrixReader, Normed, Replaced, Selected, Transposed, stored
from .piece_reader import half_rows, reader_of


class Side(Protocol):
    """The interface of one side of a comparison: its tensors, and their values."""

    @property
    def model(self) -> ModelTensors:
        """The tensors by canonical names, as far as headers show them."""

    def matrix(self, piece: Piece) -> MatrixReader:
        """The values of a piece of one of the tensors."""

    def tensor(self, key: str) -> torch.Tensor | None:
        """The stored tensor, None if it is computed from others."""


class Whole:
    """A checkpoint that stores every tensor."""

    def __init__(self, weights: Weights) -> None:
        self.model = ModelTensors.of(weights)

    def matrix(self, piece: Piece) -> MatrixReader:
        """The piece's values."""
        return reader_of(self.model.weights, piece)

    def tensor(self, key: str) -> torch.Tensor | None:
        """The stored tensor; None for a quantised one."""
        return _stored_tensor(self.model, key)


class Adapted:
    """A LoRA adapter on a base: every tensor of the base, with the adapter's changes.

    A head that the base ties to its embedding is a tensor of its own if the adapter changes only one of the two.
    """

    def __init__(self, base: Weights, adapter: Weights) -> None:
        update = read_update(base, adapter)
        self._base, self._adapter, self._changes = update.base, adapter, update.changes
        tensors, tied = dict(update.base.tensors), dict(update.base.tied)
        for head, embedding in update.base.tied.items():
            change = update.changes.get(embedding)
            if head in update.changes or (change is not None and change.rows is None):
                tensors[head] = replace(tensors[embedding], name=head, key=head)
                del tied[head]
        for key, tensor in tensors.items():
            change = self._change(key)
            if change is not None and change.own:
                info = adapter[change.own]
                tensors[key] = replace(
                    tensor,
                    shape=info.shape,
                    dtype=info.dtype if change.is_own else f"{info.dtype}+{change.dtype}",
                    file=info.file,
                    stored=StoredAs("plain", (info.name,)),
                    unreadable="",
                )
            elif change is not None:
                tensors[key] = replace(tensor, dtype=f"{tensor.dtype}+{change.dtype}")
        self.model = ModelTensors(adapter, tensors, tied)

    def tensor(self, key: str) -> torch.Tensor | None:
        """The tensor as stored in the adapter or the base; None if the adapter changes its values."""
        change = self._change(key)
        if change is None:
            return _stored_tensor(self._base, key)
        return self._adapter.tensor(change.own) if change.is_own else None

    def matrix(self, piece: Piece) -> MatrixReader:
        """The adapted values; sums are computed piece by piece."""
        change = self._change(piece.tensor.key)
        if change is None:
            return reader_of(self._base.weights, piece)
        weights = self._adapter if change.own else self._base.weights
        if change.is_own:
            return reader_of(weights, piece)
        complete = replace(piece, part=replace(piece.part, rows=None))
        reader = self._changed(change, complete, reader_of(weights, complete))
        return reader if piece.part.rows is None else Selected(reader, piece.part.rows)

    def _change(self, key: str) -> Change | None:
        stack = stack_of(key)
        return self._changes.get(key) or (self._changes.get(stack[0]) if stack else None)

    def _changed(self, change: Change, piece: Piece, reader: MatrixReader) -> MatrixReader:
        if change.rows is not None:
            indices, name = change.rows
            return Replaced(reader, indices, self._adapter.tensor(name))
        if change.bias is not None:
            name, scale = change.bias
            return stored(reader.rows(0, 1).double() + scale * self._adapter.tensor(name).double())
        if change.factors is None:
            return reader
        first, second = _of_piece(change.factors, piece, reader.shape)
        changed: MatrixReader = LowRank(reader, first, second)
        if change.magnitude is None:
            return changed
        if change.magnitude_of == "columns":
            return Transposed(Normed(Transposed(changed), change.magnitude))
        return Normed(changed, change.magnitude)


def sides(base: Weights, checkpoint: Weights) -> tuple[Whole, Whole | Adapted]:
    """Both sides of a comparison."""
    return Whole(base), side_of(base, checkpoint)


def side_of(base: Weights, checkpoint: Weights) -> Whole | Adapted:
    """A checkpoint of a base, stored whole or as an adapter."""
    return Adapted(base, checkpoint) if is_adapter(checkpoint.model) else Whole(checkpoint)


def _of_piece(
    factors: tuple[torch.Tensor, torch.Tensor], piece: Piece, shape: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The factors of one piece: of a stack's expert, of one of its projections."""
    first, second = factors
    if first.dim() == 2:
        return first, second
    stack = stack_of(piece.tensor.key)
    part = piece.part
    if stack is None:
        assert part.expert is not None
        first, second = first[part.expert], second[part.expert]
        if part.transposed:
            first, second = second.T, first.T
        if part.half:
            rows = half_rows(part, first.shape[0], interleaved=piece.tensor.interleaved)
            first = first[rows.start : rows.stop : rows.step]
        return first.contiguous(), second.contiguous()
    first, second = first[stack[1]], second[stack[1]]
    if first.shape[0] != shape[0]:  # one projection of a stack that the base stores as single matrices, (out, in)
        half: Part = Part(half="up" if stack[2] in ("up_proj", "w3") else "gate")
        rows = half_rows(half, first.shape[0], interleaved=False)
        first = first[rows.start : rows.stop]
    return first.contiguous(), second.contiguous()


def _stored_tensor(model: ModelTensors, key: str) -> torch.Tensor | None:
    """The tensor of that canonical name, or the one that it is tied to; None if it is quantised."""
    found = model.tensors[model.tied.get(key, key)].stored
    return model.weights.tensor(found.names[0]) if found.scheme == "plain" else None
