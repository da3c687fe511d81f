"""Hugging Face names of the tensors in a sharded state: of models under their own names, torchtitan's and torchtune's.

torchtitan names and arranges tensors in its own way; `torchtitan/models/*/state_dict_adapter.py` converts them. Its
Llama rotates pairs of neighbouring rows where Hugging Face rotates the two halves of a head, so the rows of the query
and key projections are arranged differently. Its Qwen3 rotates halves as well. torchtune's
`models/convert_weights.py` and `models/qwen2/_convert_weights.py` do the same for its Llama, Mistral and Qwen2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skillprobe_core.runs.tensor_names import plain_name
from skillprobe_core.runs.weights import is_embedding

from .shard_index import ShardedTensor


class UnknownNames(ValueError):
    """A state whose names cannot be mapped; the message says which."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The place of a tensor in a sharded state.

    key: its name in the index. expert: the number of a matrix in a stack of them. heads: the number of heads whose rows
    are in pairs of neighbours and become two halves; 0 for rows in the right order.
    """

    key: str
    expert: int | None = None
    heads: int = 0


_TITAN_EMBEDDING = "tok_embeddings.weight"
_TOP = {
    _TITAN_EMBEDDING: "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
    "lm_head.weight": "lm_head.weight",
}
_PARTS = {
    "attention.wq": "self_attn.q_proj",
    "attention.wk": "self_attn.k_proj",
    "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_QWEN3_PARTS = {**_PARTS, "attention.q_norm": "self_attn.q_norm", "attention.k_norm": "self_attn.k_norm"}
_MOE_PARTS = {**_QWEN3_PARTS, "moe.router.gate": "mlp.gate"}
_EXPERTS = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
# Parts of layers by model type.
_TITAN = {"llama": _PARTS, "qwen3": _QWEN3_PARTS, "qwen3_moe": _MOE_PARTS}
_TUNE_TOP = {
    _TITAN_EMBEDDING: "model.embed_tokens.weight",
    "norm.scale": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_TUNE_PARTS = {
    "attn.q_proj.weight": "self_attn.q_proj.weight",
    "attn.k_proj.weight": "self_attn.k_proj.weight",
    "attn.v_proj.weight": "self_attn.v_proj.weight",
    "attn.output_proj.weight": "self_attn.o_proj.weight",
    "mlp.w1.weight": "mlp.gate_proj.weight",
    "mlp.w2.weight": "mlp.down_proj.weight",
    "mlp.w3.weight": "mlp.up_proj.weight",
    "sa_norm.scale": "input_layernorm.weight",
    "mlp_norm.scale": "post_attention_layernorm.weight",
}
_TUNE_BIASES = {f"attn.{part}_proj.bias": f"self_attn.{part}_proj.bias" for part in "qkv"}
_TUNE = {"llama": _TUNE_PARTS, "mistral": _TUNE_PARTS, "qwen2": _TUNE_PARTS | _TUNE_BIASES}
_TUNE_IN_PAIRS = {"llama", "mistral"}
_TUNE_LAYER = re.compile(r"layers\.(\d+)\.(.+)")
_LAYER = re.compile(r"layers\.(\d+)\.(.+)\.weight")
_STACK = re.compile(r"layers\.(\d+)\.moe\.experts\.(w[123])")
# Buffers that torchtitan stores and Hugging Face models compute or do not have.
_BUFFERS = re.compile(r"freqs_cis|rope_cache|rope\.cache|layers\.\d+\.moe\.(tokens_per_expert|expert_bias)")


def hugging_face_names(tensors: Mapping[str, ShardedTensor], config: Mapping[str, Any] | None) -> dict[str, Stored]:
    """The tensors of the model in a state, by their Hugging Face names.

    The model is the group of tensors with a token embedding; an optimizer's state is in other groups.

    Args:
        tensors: All tensors of the state.
        config: The model's `config.json`; None if there is none, which only the trainers' own names need.

    Returns:
        Where each of the model's tensors is stored.

    Raises:
        UnknownNames: There is no token embedding, or several; the names are a trainer's for an architecture that is
            not known here; or a tensor has no place in the architecture.
    """
    groups = {
        each.path[:-1]
        for each in tensors.values()
        if is_embedding(plain_name(each.path[-1])) and not re.search(r"optim|\bema\b", ".".join(each.path[:-1]))
    }
    if len(groups) != 1:
        first = min(tensors, default="none")
        raise UnknownNames(
            f"{len(groups)} of the groups in the state hold a token embedding, not one ({len(tensors)} tensors, the "
            f"first is {first!r})"
        )
    (group,) = groups
    names = {each.path[-1]: key for key, each in tensors.items() if each.path[:-1] == group}
    if any("lora_" in name for name in names):
        raise UnknownNames("the state holds a LoRA adapter")
    if _TITAN_EMBEDDING in names and "norm.scale" in names:
        return _from_torchtune(names, config or {})
    if _TITAN_EMBEDDING in names:
        return _from_torchtitan(names, tensors, config or {})
    return {name: Stored(key) for name, key in names.items() if not name.endswith("._extra_state")}


def _from_torchtune(names: Mapping[str, str], config: Mapping[str, Any]) -> dict[str, Stored]:
    kind = str(config.get("model_type"))
    if kind not in _TUNE:
        known = ", ".join(_TUNE)
        raise UnknownNames(f"torchtune's names are known for {known}, not for model_type {kind!r}")
    found: dict[str, Stored] = {}
    for name, key in names.items():
        place = _TUNE_LAYER.fullmatch(name)
        if name in _TUNE_TOP:
            found[_TUNE_TOP[name]] = Stored(key)
        elif place and place[2] in _TUNE[kind]:
            part = _TUNE[kind][place[2]]
            heads = _heads(config, part.split(".")[1]) if kind in _TUNE_IN_PAIRS else 0
            found[f"model.layers.{place[1]}.{part}"] = Stored(key, heads=heads)
        else:
            raise UnknownNames(f"tensor {name!r} has no place in torchtune's {kind}")
    return found


def _from_torchtitan(
    names: Mapping[str, str], tensors: Mapping[str, ShardedTensor], config: Mapping[str, Any]
) -> dict[str, Stored]:
    kind = str(config.get("model_type"))
    if kind not in _TITAN:
        known = ", ".join(_TITAN)
        raise UnknownNames(f"torchtitan's names are known for {known}, not for model_type {kind!r}")
    found: dict[str, Stored] = {}
    for name, key in names.items():
        if name in _TOP:
            found[_TOP[name]] = Stored(key)
        elif (stack := _STACK.fullmatch(name)) and kind == "qwen3_moe":
            layer, part = stack.groups()
            for expert in range(tensors[key].shape[0]):
                found[f"model.layers.{layer}.mlp.experts.{expert}.{_EXPERTS[part]}.weight"] = Stored(key, expert)
        elif place := _LAYER.fullmatch(name.replace(".qkv_linear.", ".")):
            layer, part = place.groups()
            if part not in _TITAN[kind]:
                raise UnknownNames(f"tensor {name!r} has no place in torchtitan's {kind}")
            heads = _heads(config, part) if kind == "llama" else 0
            found[f"model.layers.{layer}.{_TITAN[kind][part]}.weight"] = Stored(key, heads=heads)
        elif not _BUFFERS.fullmatch(name):
            raise UnknownNames(f"tensor {name!r} has no place in torchtitan's {kind}")
    return found


def _heads(config: Mapping[str, Any], part: str) -> int:
    """Number of heads whose rows torchtitan's Llama, or torchtune's, arranges in pairs."""
    heads = config.get("num_attention_heads")
    if part in ("attention.wk", "k_proj"):
        heads = config.get("num_key_value_heads") or heads
    elif part not in ("attention.wq", "q_proj"):
        return 0
    if not isinstance(heads, int) or heads < 1:
        raise UnknownNames("config.json does not state num_attention_heads")
    return heads
