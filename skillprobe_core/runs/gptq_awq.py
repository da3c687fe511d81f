"""Weights that GPTQ and AWQ store: codes packed in words of 32 bits, zero points and scales of groups of inputs."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from .stored_weight import Stored, Weight
from .weights import Weights

_WIDTHS = (2, 4, 8)
_AWQ_BITS = 4
_FLOAT = ("float32", "float16", "bfloat16")
# What is added to a stored zero point: the first format of GPTQ stores zero points minus one.
_ZERO_OFFSETS = {"gptq": 1, "gptq_v2": 0}


def packed_weight(weights: Weights, name: str, parts: Set[str], settings: Mapping[str, Any]) -> Weight | None:
    """The weight of that name, (out, in), stored as (in, out) by GPTQ or AWQ; None for a layout that is not known.

    Args:
        weights: The stored tensors.
        name: Name of the weight in plain storage.
        parts: Names of the stored tensors that belong to it.
        settings: `quantization_config` of the model.
    """
    stem = name.removesuffix(".weight")
    roles = {part.removeprefix(f"{stem}."): part for part in parts}
    if not {"qweight", "qzeros", "scales"} <= roles.keys() or roles.keys() - {"qweight", "qzeros", "scales", "g_idx"}:
        return None
    codes, zeros, scales = (weights[roles[role]] for role in ("qweight", "qzeros", "scales"))
    words = {codes.dtype, zeros.dtype} == {"int32"} and scales.dtype in _FLOAT
    if not words or {len(each.shape) for each in (codes, zeros, scales)} != {2} or settings.get("rotation"):
        return None
    method = settings.get("quant_method")
    if method == "gptq":
        return _gptq(weights, roles, settings)
    return _awq(weights, roles, settings) if method == "awq" and "g_idx" not in roles else None


def _gptq(weights: Weights, roles: Mapping[str, str], settings: Mapping[str, Any]) -> Weight | None:
    codes, zeros, scales = (weights[roles[role]].shape for role in ("qweight", "qzeros", "scales"))
    groups, rows = scales
    stated = {settings[key] for key in ("checkpoint_format", "format") if settings.get(key)} or {"gptq"}
    fitting = [bits for bits in _WIDTHS if zeros == (groups, -(-rows * bits // 32)) and rows * bits % 32 == 0]
    if codes[1] != rows or len(fitting) != 1 or len(stated) != 1 or not stated <= _ZERO_OFFSETS.keys():
        return None
    bits = fitting[0]
    columns = codes[0] * 32 // bits
    parts = {"zeros": roles["qzeros"]}
    if "g_idx" in roles:
        of_columns = weights.tensor(roles["g_idx"])
        if of_columns.shape != (columns,) or int(of_columns.min()) < 0 or int(of_columns.max()) >= groups:
            return None
        parts["groups"] = roles["g_idx"]
    group = _group(columns, groups, settings)
    offset = _ZERO_OFFSETS[stated.pop()]
    if group is None or (offset and _overflows(weights, roles["qzeros"], bits)):
        return None
    names = (roles["qweight"], roles["scales"], *parts.values())
    stored = Stored("gptq", names, (group, 1), tuple(parts), bits, offset)
    return Weight(roles["qweight"], (rows, columns), f"int{bits}*{weights[roles['scales']].dtype}", stored)


def _overflows(weights: Weights, name: str, bits: int) -> bool:
    """True if a stored zero point plus one needs more bits, for which libraries give different weights."""
    words, largest = weights.tensor(name), (1 << bits) - 1
    return any(bool(((words >> shift) & largest == largest).any()) for shift in range(0, 32, bits))


def _awq(weights: Weights, roles: Mapping[str, str], settings: Mapping[str, Any]) -> Weight | None:
    """The layout `gemm`: eight outputs in a word, in the order in which the kernel reads them."""
    codes, zeros, scales = (weights[roles[role]].shape for role in ("qweight", "qzeros", "scales"))
    columns, groups, rows = codes[0], *scales
    layout = str(settings.get("version") or "gemm").lower()
    bits = settings.get("bits", settings.get("w_bit", _AWQ_BITS))
    group = _group(columns, groups, settings)
    packed = (codes[1] * 8, zeros[1] * 8, zeros[0]) == (rows, rows, groups)
    if layout != "gemm" or bits != _AWQ_BITS or not packed or group is None:
        return None
    names = (roles["qweight"], roles["scales"], roles["qzeros"])
    stored = Stored("awq", names, (group, 1), ("zeros",), _AWQ_BITS)
    return Weight(roles["qweight"], (rows, columns), f"int{bits}*{weights[roles['scales']].dtype}", stored)


def _group(columns: int, groups: int, settings: Mapping[str, Any]) -> int | None:
    """Number of inputs that share a scale; None if the stored groups do not follow from it."""
    stated = settings.get("group_size", settings.get("q_group_size"))
    if groups == 1:
        return columns
    if isinstance(stated, int) and stated > 0 and -(-columns // stated) == groups:
        return stated
    return columns // groups if groups and columns % groups == 0 else None
