"""Weights that bitsandbytes stores: 4-bit codes in blocks (NF4 and FP4, scales nested or not) and 8-bit rows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Set
from typing import Any

from .stored_weight import Stored, Weight
from .weights import Weights

_STATE = ".quant_state.bitsandbytes__"
_LARGEST_STATE = 4096  # bytes of the description of one weight
_NESTED = {"nested_absmax": "nested_scales", "nested_quant_map": "nested_values"}


def bitsandbytes_weight(weights: Weights, name: str, parts: Set[str]) -> Weight | None:
    """The weight of that name with its parts; None for a layout that is not known."""
    if name not in weights:
        return None
    if any(_STATE in part for part in parts):
        return _four_bits(weights, name, parts)
    return _rows(weights, name, parts)


def _rows(weights: Weights, name: str, parts: Set[str]) -> Weight | None:
    stem = name.removesuffix(".weight")
    scales, form = f"{stem}.SCB", f"{stem}.weight_format"
    info = weights[name]
    if scales not in parts or parts - {scales, form} or info.dtype != "int8" or len(info.shape) != 2:
        return None
    by_rows = form not in parts or weights.tensor(form).flatten().tolist() == [0]
    if not by_rows or weights[scales].shape != info.shape[:1] or weights[scales].dtype != "float32":
        return None
    return Weight(name, info.shape, "int8*float32", Stored("int8_rows", (name, scales), (1, info.shape[1])))


def _four_bits(weights: Weights, name: str, parts: Set[str]) -> Weight | None:
    states = [part for part in parts if _STATE in part]
    roles = {part.removeprefix(f"{name}."): part for part in parts if part not in states}
    nested = roles.keys() & _NESTED.keys()
    state = _state(weights, states[0]) if len(states) == 1 else {}
    kind, shape = state.get("quant_type"), _shape(state.get("shape"))
    block, outer = state.get("blocksize"), state.get("nested_blocksize", 1)
    if roles.keys() - nested != {"absmax", "quant_map"} or len(nested) not in (0, 2) or kind not in ("nf4", "fp4"):
        return None
    if shape is None or not isinstance(block, int) or not isinstance(outer, int) or min(block, outer) < 1:
        return None
    elements = math.prod(shape)
    stored_bytes = weights[name].stop - weights[name].start
    scales, offset = weights[roles["absmax"]], state.get("nested_offset", 0.0)
    fits = 2 * stored_bytes == elements and shape[1] % 2 == 0 and scales.elements == -(-elements // block)
    fits &= weights[roles["quant_map"]].elements == 16 and scales.dtype == ("uint8" if nested else "float32")
    if nested:
        fits &= weights[roles["nested_absmax"]].elements == -(-scales.elements // outer)
        fits &= weights[roles["nested_quant_map"]].elements == 256 and isinstance(offset, float)
    if not fits:
        return None
    more = tuple(role for role in _NESTED if role in nested)
    names = (name, roles["absmax"], roles["quant_map"], *(roles[role] for role in more))
    named = ("values", *(_NESTED[role] for role in more))
    stored = Stored("four_bit_blocks", names, (block, outer), named, 4, float(offset))
    return Weight(name, shape, f"{kind}*float32", stored)


def _state(weights: Weights, name: str) -> Mapping[str, Any]:
    """The description of a weight, stored as the bytes of a JSON object."""
    if weights[name].dtype != "uint8" or weights[name].elements > _LARGEST_STATE:
        return {}
    try:
        found = json.loads(bytes(weights.tensor(name).flatten().tolist()))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _shape(value: object) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(size, int) and size > 0 for size in value):
        return value[0], value[1]
    return None
