"""Master weights: a trainer's float32 copy of weights that the base stores, and that are served, in 16 bits.

An optimizer's step moves most master weights by less than a 16-bit number can show. Equality with the base is therefore
that of the weights in the base's type; all other measures are those of the stored numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .elementwise.sparsity import SPARSITY

if TYPE_CHECKING:
    from .matrix_reader import MatrixReader

_MASTER, _SERVED = ("float32", "float64"), ("bfloat16", "float16")


def type_of_equality(base: str, tensor: str) -> str | None:
    """The base's type, by torch's name, if it is narrower than the master weights'; None for any other two types."""
    return base if base in _SERVED and tensor in _MASTER else None


def described(dtype: str, equality: str | None) -> str:
    """The storage type of a tensor as a row states it."""
    return dtype if equality is None else f"{dtype} (equality in {equality})"


def equal_as_stored(w0: MatrixReader, w: MatrixReader, dtype: str) -> dict[str, float | None]:
    """`sparsity_exact` of master weights rounded to the base's type, from one more pass over both."""
    import torch

    from .blockwise import pass_by_functions
    from .matrix_reader import Rounded

    rounded = Rounded(w, getattr(torch, dtype))
    totals = pass_by_functions(w0, rounded, [SPARSITY], (0.0, 0.0)).totals
    return {"sparsity_exact": SPARSITY.finish(totals)["sparsity_exact"]}
