"""Readers of the pieces of stored tensors."""

from __future__ import annotations

import torch

from skillprobe_core.runs.tensor_pieces import Part, Piece
from skillprobe_core.runs.weights import Weights

from .matrix_reader import MatrixReader, Selected, Stored, Transposed, stored
from .quantised_reader import quantised_reader


def reader_of(weights: Weights, piece: Piece) -> MatrixReader:
    """The values of a piece, read from the files when they are needed; quantised weights are dequantised."""
    form, part = piece.tensor.stored, piece.part
    tensors = [weights.tensor(name) for name in form.names]
    if part.expert is not None:
        tensors = [each[part.expert] if each.dim() > 2 or form.scheme == "plain" else each for each in tensors]
    if form.scheme == "plain":
        return _of_part(tensors[0], part, interleaved=piece.tensor.interleaved)
    reader = quantised_reader(form, piece.tensor.shape, tensors)
    return part_of(reader, part, interleaved=piece.tensor.interleaved)


def part_of(reader: MatrixReader, part: Part, *, interleaved: bool) -> MatrixReader:
    """The part of a matrix: of one expert's, if the part names one."""
    if part.transposed:
        reader = Transposed(reader)
    if part.half:
        reader = Selected(reader, half_rows(part, reader.shape[0], interleaved=interleaved))
    return reader if part.rows is None else Selected(reader, part.rows)


def half_rows(part: Part, rows: int, *, interleaved: bool) -> range:
    """The rows of the gate or the up projection in a matrix with both."""
    second = part.half == "up"
    if interleaved:
        return range(int(second), rows, 2)
    return range(rows // 2, rows) if second else range(rows // 2)


def _of_part(tensor: torch.Tensor, part: Part, *, interleaved: bool) -> MatrixReader:
    """The part of a tensor in plain storage, as a view where that is possible."""
    if part.transposed:
        tensor = tensor.T
    if part.half:
        rows = half_rows(part, tensor.shape[0], interleaved=interleaved)
        tensor = tensor[rows.start : rows.stop : rows.step]
    if isinstance(part.rows, range):
        tensor = tensor[part.rows.start : part.rows.stop : part.rows.step]
    elif part.rows is not None and tensor.dim() == 2:
        return Selected(Stored(tensor), part.rows)
    elif part.rows is not None:
        tensor = tensor[list(part.rows)]
    return stored(tensor)
