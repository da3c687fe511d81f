"""The statistics of `parameter_stats` for two arrays in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch

from skillprobe_core.errors import SettingsError

from .blockwise import pass_over
from .elementwise_stats import of_elements
from .matrix_reader import stored
from .parameter_stats import of_spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

Weights: TypeAlias = "NDArray[np.floating] | torch.Tensor"


def weight_statistics(base: Weights, tuned: Weights) -> dict[str, float | bool | None]:
    """Every measure of one tensor and its update: those of `parameter_stats`, by name.

    Args:
        base: W0, with 1 or 2 dimensions, of any floating-point type.
        tuned: W, of the same shape.

    Returns:
        The measures; those of spectra only for matrices. None where one is undefined, such as a quotient by zero.

    Raises:
        SettingsError: The arrays differ in shape, have other dimensions, are empty, or hold other than finite
            floating-point numbers.
    """
    sides = {"base": _tensor(base, "base"), "tuned": _tensor(tuned, "tuned")}
    shapes = [list(side.shape) for side in sides.values()]
    if shapes[0] != shapes[1]:
        raise SettingsError(
            f"base has shape {shapes[0]}, tuned has shape {shapes[1]}", remedy="give two arrays of the same shape"
        )
    w0, w = (stored(side) for side in sides.values())
    elements = pass_over(w0, w)
    for name, finite in (("base", elements.base_finite), ("tuned", elements.tensor_finite)):
        if not finite:
            raise SettingsError(f"{name} holds NaN or infinite weights", remedy="give finite weights")
    found: dict[str, float | bool | None] = dict(of_elements(elements))
    return found | of_spectra(w0, w, elements.largest) if sides["base"].dim() == 2 else found


def _tensor(array: Weights, name: str) -> torch.Tensor:
    if isinstance(array, torch.Tensor):
        tensor = array.detach().cpu().contiguous()
    else:
        values = np.asarray(array)
        if values.dtype.kind != "f":
            raise SettingsError(
                f"{name} holds {values.dtype}, not floating-point numbers",
                remedy="convert it, for example with astype('float32')",
            )
        kept = values.dtype.newbyteorder("=") if values.dtype.itemsize <= 8 else np.float64
        tensor = torch.from_numpy(np.require(values, kept, ["C", "W"]))
    if not tensor.is_floating_point():
        raise SettingsError(
            f"{name} holds {str(tensor.dtype).removeprefix('torch.')}, not floating-point numbers",
            remedy="convert it, for example with float()",
        )
    if tensor.dim() not in (1, 2) or tensor.numel() == 0:
        raise SettingsError(
            f"{name} has shape {list(tensor.shape)}, expected 1 or 2 dimensions and at least one element",
            remedy="reshape it; each expert of a stack is a matrix of its own",
        )
    return tensor
