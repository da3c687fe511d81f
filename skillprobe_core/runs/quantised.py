"""Quantised storage: which stored tensors are the codes and scales of one weight, by their names and types.

Three formats are dequantised exactly: float8 with scales per tensor, row or block (`weight_scale_inv` as DeepSeek and
transformers write it, `weight_scale` of compressed-tensors and FBGEMM), and MXFP4 of gpt-oss. Weights of all other
formats are recognised and named, and are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .weights import Weights

Scheme = Literal["plain", "float8", "mxfp4"]
_FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
_CODES = (*_FLOAT8, "int8", "uint8", "int32", "uint32")
# The methods whose scale multiplies the codes; without a configuration it is the one of DeepSeek's own files.
_KNOWN_METHODS = ("fp8", "fbgemm_fp8", "compressed-tensors", "")
_OF_ACTIVATIONS = re.compile(
    r"\.(input_scale|output_scale|activation_scale|input_activation_scale|input_global_scale|input_scale_ub|[qkv]_scale"
    r"|k_proj\.k_scale|v_proj\.v_scale)$"
)
# Companions of codes: what belongs to the weight whose name comes before them.
_COMPANIONS = re.compile(
    r"\.(qweight|qzeros|scales?|g_idx|SCB|weight_format|biases"
    r"|weight\.(absmax|quant_map|nested_absmax|nested_quant_map|nested_offset|quant_state\.[\w.]+)"
    r"|weight_(packed|shape|zero_point|global_scale|g_idx|scale|scale_2|scale_inv))$"
)
_WHICH = (
    ("qweight", "GPTQ or AWQ"),
    ("quant_map", "bitsandbytes"),
    ("absmax", "bitsandbytes"),
    ("SCB", "bitsandbytes"),
    ("weight_global_scale", "NVFP4"),
    ("weight_packed", "compressed-tensors (packed)"),
    ("biases", "MLX"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored tensors that give a weight's values.

    names: one tensor, or the codes and their scales. block: rows and columns that share a scale.
    """

    scheme: Scheme
    names: tuple[str, ...]
    block: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight before it has a canonical name. codes: the stored tensor that holds it; see `LogicalTensor`."""

    codes: str
    shape: tuple[int, ...]
    dtype: str
    stored: Stored
    unreadable: str = ""


def quantised(weights: Weights, config: Mapping[str, Any]) -> dict[str, Weight | None]:
    """Every weight by the name that it has in plain storage; None for stored tensors that are parts of another one."""
    stated = config.get("quantization_config")
    settings = stated if isinstance(stated, dict) else {}
    method = str(settings.get("quant_method") or "")
    companions = _companions(weights)
    part_of = {part: name for name, parts in companions.items() for part in parts}
    found: dict[str, Weight | None] = {}
    for name, info in weights.items():
        if name.endswith("_blocks") and name.replace("_blocks", "_scales") in weights and info.dtype == "uint8":
            found[name.removesuffix("_blocks")] = _mxfp4(weights, name)
        elif name in part_of or _is_part(weights, name, method):
            found[name] = None
        elif info.dtype in _FLOAT8 and (name in companions or method):
            found[name] = _float8(weights, name, companions.get(name, set()), settings, method)
        elif name in companions:
            found[name] = _unreadable(weights, name, companions[name], method)
        else:
            found[name] = Weight(name, info.shape, info.dtype, Stored("plain", (name,)))
    for name in companions.keys() - weights.keys():
        found[name] = _unreadable(weights, min(companions[name]), companions[name], method)
    return found


def _is_part(weights: Weights, name: str, method: str) -> bool:
    """True for scales of MXFP4 blocks, of activations, and for powers of two, which are scales only."""
    info = weights[name]
    of_blocks = name.endswith("_scales") and name.replace("_scales", "_blocks") in weights
    of_activations = _OF_ACTIVATIONS.search(name) is not None and (bool(method) or info.elements <= 1)
    return of_blocks or of_activations or info.dtype == "float8_e8m0fnu"


def _companions(weights: Weights) -> dict[str, set[str]]:
    """The scales and other parts of each quantised weight, by the weight's name in plain storage."""
    parts: dict[str, set[str]] = {}
    for name in weights:
        if found := _COMPANIONS.search(name):
            parts.setdefault(f"{name[: found.start()]}.weight", set()).add(name)
    return {
        name: each
        for name, each in parts.items()
        if (name in weights and weights[name].dtype in _CODES)
        or any(part.endswith((".qweight", ".weight_packed")) for part in each)
    }


def _unreadable(weights: Weights, codes: str, parts: set[str], method: str) -> Weight:
    form = next((label for word, label in _WHICH if any(word in part for part in parts)), method or "unknown")
    return Weight(codes, (), weights[codes].dtype, Stored("plain", (codes,)), unreadable=form)


def _float8(weights: Weights, name: str, parts: set[str], settings: Mapping[str, Any], method: str) -> Weight:
    info = weights[name]
    stem = name.removesuffix(".weight")
    scale = next((each for each in (f"{name}_scale_inv", f"{name}_scale", f"{stem}.scale") if each in parts), None)
    unknown = parts - {scale} - {part for part in parts if _OF_ACTIVATIONS.search(part)}
    if scale is None or unknown or method not in _KNOWN_METHODS or "float" not in weights[scale].dtype:
        return _unreadable(weights, name, set(), f"float8 ({method or 'unknown'})")
    block = _block(info.shape, weights[scale].shape, settings.get("weight_block_size"))
    if block is None:
        return _unreadable(weights, name, set(), f"float8 ({method or 'unknown'})")
    return Weight(name, info.shape, f"{info.dtype}*{weights[scale].dtype}", Stored("float8", (name, scale), block))


def _block(shape: tuple[int, ...], grid: tuple[int, ...], stated: object) -> tuple[int, int] | None:
    """Rows and columns that share a scale; None if the grid does not fit the shape."""
    if len(shape) < 2:
        return None
    rows, columns = shape[-2:]
    if all(size == 1 for size in grid):
        return rows, columns
    if len(grid) == 1:
        grid = (*grid, 1)
    if grid[:-2] not in (shape[:-2], (1,) * len(shape[:-2])) or len(grid) != len(shape):
        return None
    block = []
    for size, parts, known in zip((rows, columns), grid[-2:], _stated(stated), strict=True):
        if parts == 1:
            block.append(size)
        elif known is not None and -(-size // known) == parts:
            block.append(known)
        elif size % parts == 0:
            block.append(size // parts)
        else:
            return None
    return block[0], block[1]


def _stated(stated: object) -> tuple[int | None, int | None]:
    if isinstance(stated, list) and len(stated) == 2 and all(isinstance(size, int) and size > 0 for size in stated):
        return stated[0], stated[1]
    return None, None


def _mxfp4(weights: Weights, blocks: str) -> Weight:
    """Weights of gpt-oss: blocks (experts, out, groups, 16) of two codes per byte, used as (experts, in, out)."""
    scales = blocks.replace("_blocks", "_scales")
    shape, grid = weights[blocks].shape, weights[scales].shape
    dtype = "float4_e2m1*e8m0"
    if len(shape) != 4 or shape[:3] != grid or shape[3] != 16 or weights[scales].dtype != "uint8":
        return Weight(blocks, (), dtype, Stored("plain", (blocks,)), unreadable="MXFP4 in an unknown layout")
    experts, out, groups, _ = shape
    return Weight(blocks, (experts, groups * 32, out), dtype, Stored("mxfp4", (blocks, scales), (1, 32)))
