"""The component and layer of a tensor, read from its name."""

from __future__ import annotations

import re
from typing import Final

_LAYER: Final = re.compile(r"(?:^|\.)(?:layers|h|blocks?|layer)\.(\d+)(?=\.|$)")
# The first matching pattern decides, so narrower ones come first.
_COMPONENTS: Final = (
    ("norm", r"norm|\bln_|layer_?norm|\bln\b"),
    ("head", r"lm_head|embed_out|\bscore\b"),
    ("embedding", r"embed|\bwte\b|\bwpe\b|rotary"),
    ("router", r"router|mlp\.gate\.|block_sparse_moe\.gate\b"),
    ("attention_qkv", r"qkv|query_key_value|c_attn|Wqkv"),
    ("attention_q", r"\bq_proj|q_[ab]_proj|\bquery\b|\bwq\b"),
    ("attention_k", r"\bk_proj|\bkey\b|\bwk\b"),
    ("attention_v", r"\bv_proj|\bvalue\b|\bwv\b"),
    ("attention_kv", r"kv_[ab]_proj|kv_proj"),
    ("attention_o", r"o_proj|attn\.c_proj|attn\.out_proj|attention\.dense|self_attention\.dense|\bwo\b"),
    ("mlp_gate_up", r"gate_up_proj"),
    ("mlp_gate", r"gate_proj|\bw1\b"),
    ("mlp_up", r"up_proj|c_fc|fc1|dense_h_to_4h|\bw3\b|fc_in"),
    ("mlp_down", r"down_proj|c_proj|fc2|dense_4h_to_h|\bw2\b|fc_out"),
)
COMPONENTS: Final = (*(component for component, _ in _COMPONENTS), "other")
"""All components."""

_PATTERNS: Final = tuple((component, re.compile(pattern)) for component, pattern in _COMPONENTS)


def component_of(name: str) -> str:
    """The component that a tensor belongs to: `attention_q`, `mlp_down`, `embedding`, ..., or `other`.

    A bias belongs to the component of its weight.
    """
    return next((component for component, pattern in _PATTERNS if pattern.search(name)), "other")


def layer_of(name: str) -> int | None:
    """Number of the transformer layer, from 0; None for a tensor outside the layers."""
    found = _LAYER.search(name)
    return int(found.group(1)) if found else None
