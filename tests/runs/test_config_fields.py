"""Configurations are checked before a library builds a model from them."""

from pathlib import Path

import pytest
from transformers import CONFIG_MAPPING

from skillprobe_core.runs.bounded_files import RefusedFile
from skillprobe_core.runs.config_fields import check_sizes, check_types
from skillprobe_core.runs.model_config import read_config
from skillprobe_core.runs.weights import open_weights

FILE = Path("config.json")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"model_type": ["llama"]}, "model_type"),
        ({"architectures": "LlamaForCausalLM"}, "architectures"),
        ({"architectures": [3]}, "architectures"),
        ({"quantization_config": 5}, "quantization_config"),
        ({"text_config": [1]}, "text_config"),
        ({"num_hidden_layers": -1}, "num_hidden_layers"),
        ({"num_hidden_layers": float("inf")}, "num_hidden_layers"),
        ({"text_config": {"vocab_size": 0}}, "vocab_size"),
        ({"num_attention_heads": True}, "num_attention_heads"),
        ({"intermediate_size": [64, -64]}, "intermediate_size"),
        ({"head_dim": 10**30}, "head_dim"),
        ({"eos_token_id": {"a": 1}}, "eos_token_id"),
        ({"eos_token_id": [1, "2"]}, "eos_token_id"),
    ],
)
def test_a_field_of_another_type_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(RefusedFile, match=f"`{named}` is "):
        check_types(values, FILE)


def test_the_default_configurations_of_language_models_pass() -> None:
    for kind in ("llama", "qwen3_moe", "gemma3", "gemma3n_text", "gpt2", "deepseek_v3", "gpt_oss", "mamba2", "lfm2",
                 "mpt"):  # fmt: skip
        check_types(CONFIG_MAPPING[kind]().to_dict(), FILE)


def test_more_layers_or_a_larger_embedding_than_the_weights_have_is_refused(tiny_base: Path) -> None:
    config, weights = read_config(tiny_base), open_weights(tiny_base)
    check_sizes(config, weights, FILE)
    for changed, named in (
        ({"num_hidden_layers": 10**6}, "num_hidden_layers"),
        ({"max_window_layers": 10**9}, "max_window_layers"),
        ({"num_attention_heads": 10**9}, "num_attention_heads"),
        ({"vocab_size": 10**12}, "vocab_size"),
        ({"hidden_size": 10**9}, "vocab_size"),
    ):
        with pytest.raises(RefusedFile, match=named):
            check_sizes(config | changed, weights, FILE)
