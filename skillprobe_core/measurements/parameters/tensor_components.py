"""The component and layer of a tensor, read from its name."""

from __future__ import annotations

import re
from typing import Final

from skillprobe_core.runs.tensor_names import layer_of
from skillprobe_core.runs.tensor_pairs import Pair

__all__ = ["COMPONENTS", "SET_APART", "component_at", "component_of", "component_of_pair", "layer_of"]

# The first matching pattern decides, so narrower ones come first.
_COMPONENTS: Final = (
    ("norm", r"norm|\bln_|layer_?norm|\bln\b"),
    (
        "head",
        r"lm_head|embed_out|\bscore\b|^(cls\.predictions\.)?decoder\.(weight|bias)$|lm_loss|^pred_layer\."
        r"|^(output|head|proj_out|output_projection)\.(weight|bias)$",
    ),
    ("embedding", r"embed|\bwte\b|\bwpe\b|rotary"),
    ("router", r"router|(mlp|feed_forward)\.gate\.|block_sparse_moe\.gate\b|shared_expert_gate"),
    ("attention_qkv", r"qkv|query_key_value|c_attn|Wqkv"),
    (
        "attention_q",
        r"\bq_proj|q_[ab]_proj|\bquery(_proj)?\b|\b[wW]q\b|q_lin\b|\bto_q\b|project_q\b|attention\.experts\.input_linear",
    ),
    ("attention_k", r"\bk_proj|\bkey(_proj)?\b|\b[wW]k\b|k_lin\b|\bto_k\b|project_k\b"),
    ("attention_v", r"\bv_proj|\bvalue(_proj)?\b|\b[wW]v\b|v_lin\b|\bto_v\b|project_v\b"),
    ("attention_kv", r"kv_[ab]_proj|kv_proj"),
    (
        "attention_o",
        r"o_proj|o_[ab]_proj|(attn|attention|self_attn|self_attention)\.(c_proj|out_proj|dense|output\.dense|Wo)\b|\bwo\b"
        r"|attention\.experts\.output_linear|out_lin\b|\bto_out\b|attention_out\b",
    ),
    ("mlp_gate_up", r"gate_up_proj(?!.*\]\.(gate|up)$)|(mlp|moe)\.input_linear"),
    ("mlp_gate", r"gate_proj|\bw1\b|\]\.gate$"),
    ("mlp_up", r"up_proj|c_fc|fc1|dense_h_to_4h|\bw3\b|fc_in|\]\.up$|\blin1\b|intermediate(\.dense)?\b"),
    (
        "mlp_down",
        r"down_proj|c_proj|fc2|dense_4h_to_h|\bw2\b|fc_out|(mlp|moe)\.output_linear|\blin2\b|\boutput\.dense\b",
    ),
    ("mixer", r"\b(mixer|mamba|mamba_decoder|linear_attn|short_conv|conv|temporal_block|mlstm_layer)\.|forget_gate"),
)
_OF_PLACES: Final = {"tower": "vision_audio", "prediction": "multi_token", "side": "value_head"}
COMPONENTS: Final = (*(component for component, _ in _COMPONENTS), "other", *_OF_PLACES.values())
"""All components."""

SET_APART: Final = tuple(_OF_PLACES.values())
"""Those outside the language model."""

_PATTERNS: Final = tuple((component, re.compile(pattern)) for component, pattern in _COMPONENTS)


def component_of(name: str) -> str:
    """The component that a tensor belongs to: `attention_q`, `mlp_down`, `embedding`, ..., or `other`.

    A bias belongs to the component of its weight.
    """
    return next((component for component, pattern in _PATTERNS if pattern.search(name)), "other")


def component_at(place: str, name: str) -> str:
    """The component of a tensor in a part of the model (see `CanonicalName`); parts other than text are one each."""
    return _OF_PLACES.get(place) or component_of(name)


def component_of_pair(pair: Pair) -> str:
    """The component of a weight."""
    return component_at(pair.place, pair.key if pair.piece is None else pair.piece.component_name)
