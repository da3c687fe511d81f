"""Readers of quantised weights, by the format in which they are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from skillprobe_core.runs.stored_weight import Stored as StoredAs

from .dequantised_reader import E2M1, Float8, Mxfp4
from .matrix_reader import MatrixReader, Stored, Transposed
from .packed_reader import FourBitBlocks, Packed, Raised, Scaled

# Places of eight outputs in a word of AWQ.
_AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
_HIGH_HALF_FIRST = (1, 0)
# 1/127 as bitsandbytes rounds it.
_PER_CODE = 7.874015718698502e-3


Shape = tuple[int, int]
Parts = Mapping[str, torch.Tensor]


def quantised_reader(form: StoredAs, shape: tuple[int, ...], tensors: Sequence[torch.Tensor]) -> MatrixReader:
    """The values of a weight, dequantised piece by piece.

    Args:
        form: How the weight is stored.
        shape: Shape of the weight; the last two numbers are rows and columns of this matrix.
        tensors: The stored tensors that `form.names` lists, of one expert where the weight is a stack.
    """
    codes, scales = tensors[:2]
    parts = dict(zip(form.parts, tensors[2:], strict=True))
    return _READERS[form.scheme](form, (shape[-2], shape[-1]), codes, scales, parts)


def _float8(form: StoredAs, _: Shape, codes: torch.Tensor, scales: torch.Tensor, __: Parts) -> MatrixReader:
    return Float8(codes, _grid(scales), form.block)


def _mxfp4(_: StoredAs, __: Shape, codes: torch.Tensor, scales: torch.Tensor, ___: Parts) -> MatrixReader:
    return Transposed(Mxfp4(codes, scales))


def _packed_mxfp4(_: StoredAs, __: Shape, codes: torch.Tensor, scales: torch.Tensor, ___: Parts) -> MatrixReader:
    return Mxfp4(codes.reshape(*scales.shape, -1), scales)


def _packed_nvfp4(
    form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, parts: Parts
) -> MatrixReader:
    values = Packed(codes, form.bits, shape[1], values=E2M1)
    return Scaled(values, scales, _places(shape, form), divisor=parts["divisor"].flatten())


def _integer(form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, parts: Parts) -> MatrixReader:
    zeros = Stored(_grid(parts["zeros"])) if "zeros" in parts else None
    return Scaled(Stored(codes), _grid(scales), _with_groups(_places(shape, form), parts), zeros)


def _packed(form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, parts: Parts) -> MatrixReader:
    """Packed integers of compressed-tensors: codes and packed zero points are stored with half the range added."""
    values, places = Packed(codes, form.bits, shape[1]), _with_groups(_places(shape, form), parts)
    middle, grid = 1 << (form.bits - 1), _grid(scales)
    if "zeros" not in parts:
        return Scaled(values, grid, places, zero=middle)
    if parts["zeros"].dtype == torch.int32:
        return Scaled(values, grid, places, Transposed(Packed(parts["zeros"].T, form.bits, shape[0])))
    return Scaled(values, grid, places, Stored(_grid(parts["zeros"]).int() + middle))


def _gptq(form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, parts: Parts) -> MatrixReader:
    """Codes of GPTQ, (in, out), packed along the inputs; zero points packed along the outputs."""
    rows, columns = shape
    values = Transposed(Packed(codes.T, form.bits, columns))
    zeros: MatrixReader = Packed(parts["zeros"], form.bits, rows)
    if form.offset:
        zeros = Raised(zeros, int(form.offset))
    of_inputs, of_outputs = _places((columns, rows), form)
    places = (parts["groups"].long() if "groups" in parts else of_inputs, of_outputs)
    return Transposed(Scaled(values, scales, places, zeros))


def _awq(form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, parts: Parts) -> MatrixReader:
    """Codes and zero points of AWQ, (in, out), both packed along the outputs."""
    rows, columns = shape
    values, zeros = (Packed(each, form.bits, rows, _AWQ_ORDER) for each in (codes, parts["zeros"]))
    return Transposed(Scaled(values, scales, _places((columns, rows), form), zeros))


def _int8_rows(form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, _: Parts) -> MatrixReader:
    return Scaled(Stored(codes), _grid(scales), _places(shape, form), factor=_PER_CODE)


def _four_bit_blocks(
    form: StoredAs, shape: Shape, codes: torch.Tensor, scales: torch.Tensor, parts: Parts
) -> MatrixReader:
    words = codes.view(torch.uint8).reshape(shape[0], shape[1] // 2)
    values = Packed(words, form.bits, shape[1], _HIGH_HALF_FIRST, parts["values"].float())
    return FourBitBlocks(values, _scales_of_blocks(form, scales, parts), form.block[0])


def _scales_of_blocks(form: StoredAs, scales: torch.Tensor, parts: Parts) -> torch.Tensor:
    """The scales of all blocks; nested ones are codes with scales of their own, plus an offset."""
    if "nested_scales" not in parts:
        return scales.flatten()
    outer = parts["nested_scales"].float().flatten()[torch.arange(scales.numel()) // form.block[1]]
    return parts["nested_values"].float()[scales.flatten().int()] * outer + form.offset


def _places(shape: Shape, form: StoredAs) -> tuple[torch.Tensor, torch.Tensor]:
    """Row and column in the grid of scales, of each row and column of the codes."""
    rows, columns = (torch.arange(size) // block for size, block in zip(shape, form.block, strict=True))
    return rows, columns


def _with_groups(places: tuple[torch.Tensor, torch.Tensor], parts: Parts) -> tuple[torch.Tensor, torch.Tensor]:
    """The same places, with the stored group of each column where there is one."""
    return places[0], parts["groups"].long() if "groups" in parts else places[1]


def _grid(scales: torch.Tensor) -> torch.Tensor:
    """Scales as rows and columns of a grid."""
    if scales.numel() == 1:
        return scales.reshape(1, 1)
    return scales if scales.dim() > 1 else scales[:, None]


_READERS: dict[str, Callable[[StoredAs, Shape, torch.Tensor, torch.Tensor, Parts], MatrixReader]] = {
    "float8": _float8,
    "mxfp4": _mxfp4,
    "packed_mxfp4": _packed_mxfp4,
    "packed_nvfp4": _packed_nvfp4,
    "integer": _integer,
    "packed": _packed,
    "gptq": _gptq,
    "awq": _awq,
    "int8_rows": _int8_rows,
    "four_bit_blocks": _four_bit_blocks,
}
