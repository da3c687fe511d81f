"""Weights in the formats of compressed-tensors: integer codes, packed integers, NVFP4 and MXFP4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from .stored_weight import Stored, Weight, shared_block
from .weights import Weights

METHOD = "compressed-tensors"
# The widths whose packing never divides a code between two words, so that all versions of the library agree on it.
_WIDTHS = (1, 2, 4, 8)
_FLOAT = ("float32", "float16", "bfloat16")
_ZEROS, _GROUPS = "zero_point", "g_idx"


def transformed(settings: Mapping[str, Any]) -> bool:
    """True if the stored weights are those of a rotated model, which are not comparable with the base's."""
    return bool(settings.get("transform_config"))


def stated_block(settings: Mapping[str, Any]) -> tuple[int, int] | None:
    """Rows and columns of the blocks that all quantised layers have, as the configuration states them."""
    found = {_pair(each.get("block_structure")) for each in _of_weights(settings)} or {None}
    return next(iter(found)) if len(found) == 1 else None


def compressed_weight(weights: Weights, name: str, parts: Set[str], settings: Mapping[str, Any]) -> Weight | None:
    """The weight of that name with its parts; None for a layout that is not known.

    Args:
        weights: The stored tensors.
        name: Name of the weight in plain storage.
        parts: Names of the stored tensors that belong to it, without the codes if these have the weight's own name.
        settings: `quantization_config` of the model.
    """
    roles = {part.removeprefix(f"{name}_"): part for part in parts if not part.endswith("_global_scale")}
    if f"{name}_global_scale" in parts:
        roles["global_scale"] = f"{name}_global_scale"
    if "scale" not in roles or transformed(settings):
        return None
    if "packed" not in roles:
        return _integer(weights, name, roles, settings)
    if weights[roles["packed"]].dtype == "uint8":
        return _four_bit_floats(weights, roles)
    return _packed(weights, roles, settings)


def _integer(weights: Weights, name: str, roles: Mapping[str, str], settings: Mapping[str, Any]) -> Weight | None:
    if name not in weights or weights[name].dtype != "int8" or roles.keys() - {"scale", _ZEROS, _GROUPS}:
        return None
    return _grouped(weights, name, weights[name].shape, roles, settings, Stored("integer", (name,)))


def _packed(weights: Weights, roles: Mapping[str, str], settings: Mapping[str, Any]) -> Weight | None:
    codes = roles["packed"]
    if roles.keys() - {"packed", "scale", "shape", _ZEROS, _GROUPS} or weights[codes].dtype != "int32":
        return None
    shape = _stored_shape(weights, roles.get("shape"))
    words = weights[codes].shape
    if shape is None or len(words) != 2 or words[0] != shape[0]:
        return None
    stated = {each.get("num_bits", 8) for each in _of_weights(settings)} or set(_WIDTHS)
    fitting = [bits for bits in _WIDTHS if bits in stated and -(-shape[1] * bits // 32) == words[1]]
    if len(fitting) != 1:
        return None
    return _grouped(weights, codes, shape, roles, settings, Stored("packed", (codes,), bits=fitting[0]))


def _grouped(
    weights: Weights,
    codes: str,
    shape: tuple[int, ...],
    roles: Mapping[str, str],
    settings: Mapping[str, Any],
    form: Stored,
) -> Weight | None:
    """Codes of the shape with scales, zero points and the groups of the columns, where these are stored."""
    scale = weights[roles["scale"]]
    block = shared_block(shape, scale.shape, stated_block(settings))
    if len(shape) != 2 or block is None or scale.dtype not in _FLOAT:
        return None
    if _ZEROS in roles and not _zeros_fit(weights, roles, shape, form.bits):
        return None
    if _ZEROS not in roles and any(each.get("symmetric") is False for each in _of_weights(settings)):
        return None
    ordered = _GROUPS in roles and bool((weights.tensor(roles[_GROUPS]) >= 0).all())  # -1 stands for no order
    if ordered and not _groups_fit(weights, roles, shape):
        return None
    parts = tuple(role for role in (_ZEROS, _GROUPS) if role in roles and (role == _ZEROS or ordered))
    names = (codes, roles["scale"], *(roles[part] for part in parts))
    words = {_ZEROS: "zeros", _GROUPS: "groups"}
    stored = Stored(form.scheme, names, block, tuple(words[part] for part in parts), form.bits)
    return Weight(codes, shape, f"int{form.bits or 8}*{scale.dtype}", stored)


def _groups_fit(weights: Weights, roles: Mapping[str, str], shape: tuple[int, ...]) -> bool:
    """True for one group per column, each of the groups that the scales have at least once."""
    groups, scale = weights[roles[_GROUPS]], weights[roles["scale"]]
    if groups.shape != shape[1:] or len(scale.shape) != 2 or scale.shape[0] != shape[0]:
        return False
    return set(weights.tensor(groups.name).tolist()) == set(range(scale.shape[1]))


def _zeros_fit(weights: Weights, roles: Mapping[str, str], shape: tuple[int, ...], bits: int) -> bool:
    """True for zero points in the grid of the scales, or packed along the rows of a grid with a row for each."""
    zeros, scale = weights[roles[_ZEROS]], weights[roles["scale"]]
    if zeros.dtype == "int8":
        return zeros.shape == scale.shape
    packed = zeros.dtype == "int32" and bits > 0 and len(scale.shape) == 2 and scale.shape[0] == shape[0]
    return packed and zeros.shape == (-(-shape[0] * bits // 32), scale.shape[1])


def _four_bit_floats(weights: Weights, roles: Mapping[str, str]) -> Weight | None:
    """NVFP4 (16 codes share a float8 scale, all a global one) and MXFP4 (32 share a power of two)."""
    codes, scale = weights[roles["packed"]], weights[roles["scale"]]
    if len(codes.shape) != 2 or roles.keys() - {"packed", "scale", "global_scale"}:
        return None
    shape = (codes.shape[0], 2 * codes.shape[1])
    if "global_scale" in roles:
        whole = weights[roles["global_scale"]]
        fits = scale.dtype == "float8_e4m3fn" and whole.elements == 1 and whole.dtype == "float32"
        names, group, scheme = (codes.name, scale.name, whole.name), 16, "packed_nvfp4"
        stored = Stored("packed_nvfp4", names, (1, group), ("divisor",), 4)
    else:
        fits = scale.dtype == "uint8"
        group, scheme = 32, "packed_mxfp4"
        stored = Stored("packed_mxfp4", (codes.name, scale.name), (1, group), (), 4)
    if not fits or (scale.shape[0], scale.shape[-1] * group) != shape or len(scale.shape) != 2:
        return None
    of_scale = scale.dtype if scheme == "packed_nvfp4" else "e8m0"
    return Weight(codes.name, shape, f"float4_e2m1*{of_scale}", stored)


def _stored_shape(weights: Weights, name: str | None) -> tuple[int, int] | None:
    if name is None or weights[name].elements != 2 or weights[name].dtype not in ("int32", "int64"):
        return None
    rows, columns = weights.tensor(name).flatten().tolist()
    return int(rows), int(columns)


def _of_weights(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The stated form of the weights in each group of layers."""
    groups = settings.get("config_groups")
    for group in groups.values() if isinstance(groups, dict) else ():
        if isinstance(group, dict) and isinstance(group.get("weights"), dict):
            yield group["weights"]


def _pair(value: object) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(size, int) and size > 0 for size in value):
        return value[0], value[1]
    return None
