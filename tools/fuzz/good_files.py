"""Valid files to start from: a model of one layer, an adapter, a run's files, settings."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path

CONFIG = {
    "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": 4, "hidden_size": 4,
    "intermediate_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1,
    "tie_word_embeddings": True, "eos_token_id": 3, "layer_types": ["full_attention"],
    "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
    "text_config": {"model_type": "qwen2", "num_hidden_layers": 1, "vocab_size": 4},
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [2, 2]},
}  # fmt: skip
GENERATION = (
    {"do_sample": True, "temperature": 0.6, "top_p": 0.9, "top_k": 20, "eos_token_id": [1, 2], "bos_token_id": 0},
    {"repetition_penalty": 1.1},
)
_NAMES = ("self_attn.q_proj.weight", "self_attn.k_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight")
_SHAPES = {
    "model.embed_tokens.weight": [4, 4],
    "model.norm.weight": [4],
    **{f"model.layers.0.{name}": [4, 4] for name in _NAMES},
}
INDEX = {"metadata": {"total_size": 336}, "weight_map": dict.fromkeys(_SHAPES, "model-1.safetensors")}
ADAPTER = (
    {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 4,
        "target_modules": ["q_proj"],
        "base_model_name_or_path": "..",
        "rank_pattern": {"q_proj": 2},
        "alpha_pattern": {"layers.0.self_attn.q_proj": 8},
        "use_rslora": True,
    },
    {
        "peft_type": "LORA",
        "r": 2,
        "target_parameters": ["experts.down_proj"],
        "init_lora_weights": "gaussian",
        "base_model_name_or_path": "..",
        "trainable_token_indices": {"embed_tokens": [1]},
    },
)
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "normalizer": {"type": "NFC"},
    "added_tokens": [{"id": 3, "content": "</s>", "single_word": False, "lstrip": False, "rstrip": False,
                      "normalized": False, "special": True}],
    "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\w+|\\W"}, "behavior": "Isolated", "invert": False},
    "post_processor": None, "decoder": {"type": "Fuse"},
    "model": {"type": "BPE", "dropout": None, "unk_token": "a", "continuing_subword_prefix": None,
              "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
              "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]},
}  # fmt: skip
TEMPLATES = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|a|>{% endif %}",
    "{%- set ns = namespace(x='') -%}{%- for m in messages[::-1] -%}{%- set ns.x = m.content ~ ns.x -%}{%- endfor -%}"
    "{{ ns.x }}{% if enable_thinking is defined and enable_thinking %}<think>{% endif %}",
    "{% macro f(t, n) %}{% if n %}{{ f(t, n - 1) }}{% endif %}{{ t | trim }}{% endmacro %}"
    "{{ f(messages[0].content, 3) }}",
    "{% for c in messages[0].content %}{% if c.type == 'text' %}{{ c.text }}{% endif %}{% endfor %}",
)
STATE = (
    {"global_step": 3, "log_history": [{"step": 1, "loss": 0.5}, {"step": 3, "loss": 0.25, "reward": 1}]},
    {"step": 3, "folder": "checkpoint-3", "method": "rl", "base": "x", "seed": 1, "metrics": {"loss": 0.5}},
    {"base_model_name_or_path": "x/y", "_name_or_path": "../base", "world_size": 2},
)
SETTINGS = (
    """settle_seconds = 5
[items]
levels = [1, 2]
per_level = 3
[sampling]
temperature = 0.5
samples = 2
[prompts]
shots = 1
""",
    """[watch]
per_hour = 2
[[runs]]
folder = "run"
base = "base"
method = "rl"
model = "m"
every_steps = 2
order = "ends"
""",
    """[scratch]
folder = "x"
gigabytes = 3
pin = "copy"
[compute]
dtype = "float32"
[divergence]
texts = ["own"]
""",
    """[[layouts]]
name = "mine"
pattern = "step_{step}"
complete = "file:DONE"
""",
)


def header(shapes: Mapping[str, Sequence[int]]) -> bytes:
    """A safetensors file of float32 zeros."""
    entries, end = {}, 0
    for name, shape in shapes.items():
        size = 4 * math.prod(shape)
        entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


def write_model(folder: Path) -> None:
    """A model of one layer with a tokenizer of four tokens."""
    (folder / "config.json").write_text(json.dumps(CONFIG | {"quantization_config": None, "text_config": None}))
    (folder / "model.safetensors").write_bytes(header(_SHAPES))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "TokenizersBackend"}))


def metadata() -> list[bytes]:
    """Pickles like those of torch.distributed.checkpoint, the metadata of two tensors among them."""
    from torch import Size, float32
    from torch.distributed.checkpoint.filesystem import _StorageInfo
    from torch.distributed.checkpoint.metadata import (
        BytesStorageMetadata,
        ChunkStorageMetadata,
        Metadata,
        MetadataIndex,
        TensorProperties,
        TensorStorageMetadata,
    )

    chunks = [ChunkStorageMetadata(Size([row, 0]), Size([2, 4])) for row in (0, 2)]
    tensor = TensorStorageMetadata(TensorProperties(dtype=float32), Size([4, 4]), chunks)
    places = {
        MetadataIndex("model.w", Size([row, 0]), number): _StorageInfo("__0_0.distcp", 64 * number, 64)
        for number, row in enumerate((0, 2))
    }
    described = Metadata({"model.w": tensor, "step": BytesStorageMetadata()}, {"model.w": ("model", "w")}, places)
    return [pickle.dumps(described, protocol=protocol) for protocol in (2, 4)] + [pickle.dumps({"a": (1, [2.5])})]
