"""Quantised storage: which stored tensors are the codes and scales of one weight, by their names and types.

Dequantised exactly are float8 with scales per tensor, row or block (`weight_scale_inv` as DeepSeek and transformers
write it, `weight_scale` of compressed-tensors and FBGEMM), MXFP4 of gpt-oss, and the formats of `compressed_tensors`,
`gptq_awq` and `bitsandbytes_weights`. Weights of all other formats are recognised and named, and are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .bitsandbytes_weights import bitsandbytes_weight
from .compressed_tensors import METHOD as COMPRESSED_TENSORS
from .compressed_tensors import compressed_weight, stated_block, transformed
from .gptq_awq import packed_weight
from .stored_weight import Stored, Weight, shared_block
from .weights import Weights

_FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
_CODES = (*_FLOAT8, "int8", "uint8", "int32", "uint32")
# The methods whose scale multiplies the codes; without a configuration it is the one of DeepSeek's own files.
_KNOWN_METHODS = ("fp8", "fbgemm_fp8", COMPRESSED_TENSORS, "")
_OF_ACTIVATIONS = re.compile(
    r"\.(input_scale|output_scale|activation_scale|input_activation_scale|input_global_scale|input_scale_ub|[qkv]_scale"
    r"|k_proj\.k_scale|v_proj\.v_scale|(input|output|[qkv])_zero_point|output_global_scale)$"
)
# Companions of codes: what belongs to the weight whose name comes before them.
_COMPANIONS = re.compile(
    r"\.(qweight|qzeros|scales?|g_idx|SCB|weight_format|biases"
    r"|weight\.(absmax|quant_map|nested_absmax|nested_quant_map|nested_offset|quant_state\.[\w.]+)"
    r"|weight_(packed|shape|zero_point|global_scale|g_idx|scale|scale_2|scale_inv))$"
)
_OF_BITSANDBYTES = re.compile(r"\.(SCB|weight\.quant_state\.[\w.]+)$")
# Models whose linear layers hold (in, out), which the formats below turn round.
_TRANSPOSED = ("gpt2", "openai-gpt", "imagegpt")
_WHICH = (
    ("qweight", "GPTQ or AWQ"),
    ("quant_map", "bitsandbytes"),
    ("absmax", "bitsandbytes"),
    ("SCB", "bitsandbytes"),
    ("weight_global_scale", "NVFP4"),
    ("weight_packed", "compressed-tensors (packed)"),
    ("biases", "MLX"),
)


def holds_codes(weights: Weights) -> bool:
    """True if a stored tensor may be the codes of a quantised weight, by its type or by those that belong to it."""
    return any(info.dtype in _CODES or _OF_BITSANDBYTES.search(name) for name, info in weights.items())


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
            found[name] = _coded(weights, name, companions[name], config)
        else:
            found[name] = Weight(name, info.shape, info.dtype, Stored("plain", (name,)))
    for name in companions.keys() - weights.keys():
        found[name] = _coded(weights, name, companions[name], config)
    return found


def _coded(weights: Weights, name: str, parts: set[str], config: Mapping[str, Any]) -> Weight:
    """A weight of codes with further tensors: readable where its format is known in every part."""
    stated = config.get("quantization_config")
    settings = stated if isinstance(stated, dict) else {}
    method = str(settings.get("quant_method") or "")
    known: Weight | None = None
    if config.get("model_type") in _TRANSPOSED:
        known = None
    elif any(part.endswith(".qweight") for part in parts):
        known = packed_weight(weights, name, parts, settings)
    elif any(_OF_BITSANDBYTES.search(part) for part in parts):
        known = bitsandbytes_weight(weights, name, parts)
    elif method == COMPRESSED_TENSORS:
        known = compressed_weight(weights, name, parts, settings)
    codes = name if name in weights else min(parts)
    return known or _unreadable(weights, codes, parts, method)


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
        or any(part.endswith((".qweight", ".weight_packed")) or ".quant_state." in part for part in each)
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
    block = shared_block(info.shape, weights[scale].shape, _stated(settings, method))
    if block is None or (method == COMPRESSED_TENSORS and transformed(settings)):
        return _unreadable(weights, name, set(), f"float8 ({method or 'unknown'})")
    return Weight(name, info.shape, f"{info.dtype}*{weights[scale].dtype}", Stored("float8", (name, scale), block))


def _stated(settings: Mapping[str, Any], method: str) -> tuple[int, int] | None:
    if method == COMPRESSED_TENSORS and (block := stated_block(settings)):
        return block
    stated = settings.get("weight_block_size")
    if isinstance(stated, list) and len(stated) == 2 and all(isinstance(size, int) and size > 0 for size in stated):
        return stated[0], stated[1]
    return None


def _mxfp4(weights: Weights, blocks: str) -> Weight:
    """Weights of gpt-oss: blocks (experts, out, groups, 16) of two codes per byte, used as (experts, in, out)."""
    scales = blocks.replace("_blocks", "_scales")
    shape, grid = weights[blocks].shape, weights[scales].shape
    dtype = "float4_e2m1*e8m0"
    if len(shape) != 4 or shape[:3] != grid or shape[3] != 16 or weights[scales].dtype != "uint8":
        return Weight(blocks, (), dtype, Stored("plain", (blocks,)), unreadable="MXFP4 in an unknown layout")
    experts, out, groups, _ = shape
    return Weight(blocks, (experts, groups * 32, out), dtype, Stored("mxfp4", (blocks, scales), (1, 32)))
