"""Search for NaN and infinite values in stored floating-point numbers, by their bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PIECE = 1 << 18
"""Elements that are looked at together."""


class _Bits(NamedTuple):
    """The unsigned integer of one number's size; its bits without a sign: the largest number, and infinity."""

    unsigned: type[np.unsignedinteger]
    largest: int
    infinity: int | None


_BITS = {
    "float64": _Bits(np.uint64, 0x7FEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000),
    "float32": _Bits(np.uint32, 0x7F7F_FFFF, 0x7F80_0000),
    "float16": _Bits(np.uint16, 0x7BFF, 0x7C00),
    "bfloat16": _Bits(np.uint16, 0x7F7F, 0x7F80),
    "float8_e5m2": _Bits(np.uint8, 0x7B, 0x7C),
    "float8_e4m3fn": _Bits(np.uint8, 0x7E, None),  # its one other value is NaN
}


def not_finite(data: bytes | memoryview, dtype: str) -> str | None:
    """`NaN` or `infinite` if little-endian numbers of the type (torch's name) hold such values, else None.

    The first `PIECE` of them that holds any decides, and NaN goes before infinity.
    """
    bits = _BITS.get(dtype)
    if bits is None:
        return None
    values = np.frombuffer(data, np.dtype(bits.unsigned).newbyteorder("<"))
    magnitude = bits.unsigned(np.iinfo(bits.unsigned).max >> 1)
    for start in range(0, len(values), PIECE):
        top = int((values[start : start + PIECE] & magnitude).max())
        if top > bits.largest:
            return "infinite" if top == bits.infinity else "NaN"
    return None
