"""Which decoding is used for which model, and that the choice is checked on the model itself."""

import pytest
import torch
import transformers

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding.decoding import Row
from skillprobe_core.models.decoding.decoding_choice import (
    continues_as_read,
    decodes_by_column,
    decoding_of,
    first_position,
)
from skillprobe_core.models.decoding.library_generation import recompute
from tests.models.conftest import build_model
from tools.architectures.tiny_models import tiny_model

GREEDY = SamplingSettings()


@pytest.mark.parametrize("family", ["Llama", "Qwen2", "GPT2", "Mistral", "Gemma2"])
def test_full_and_sliding_attention_is_decoded_by_column(family):
    assert decodes_by_column(build_model(family))


@pytest.mark.parametrize(
    "model_type", ["gpt_neo", "mpt", "bloom", "mamba", "lfm2", "qwen3_5_text", "llama4_text", "recurrent_gemma"]
)
def test_states_distances_and_chunks_are_left_to_the_library(model_type):
    assert not decodes_by_column(tiny_model(model_type))


def test_layers_that_read_images_are_left_to_the_library():
    model = tiny_model("mllama")
    assert first_position(model) is None
    assert decoding_of(model).name == "library"


@torch.inference_mode()
def test_positions_that_count_from_the_padding_are_found_and_followed():
    """`generate` of these classes counts from 0, which contradicts their forward pass."""
    model = tiny_model("roberta")
    found = decoding_of(model)
    assert (found.name, found.first_position) == ("own", 2)
    assert not continues_as_read(model)
    rows = [Row(tuple(range(20, 20 + length)), None, 6) for length in (3, 9, 5)]
    ends = frozenset({1})  # the padding token, which the class does not count
    made = dict(found.decode(model, rows, GREEDY, ends, lambda _: False))
    assert made == dict(recompute(model, rows, GREEDY, ends, lambda _: False))


def test_states_that_the_library_mixes_between_rows_are_not_used():
    model = tiny_model("rwkv")
    assert not continues_as_read(model)
    assert decoding_of(model).name == "recomputed"


def test_a_class_whose_generation_fails_is_decoded_without_a_cache():
    model = tiny_model("blt")
    found = decoding_of(model)
    assert found.name == "recomputed"
    assert len(dict(found.decode(model, [Row((9, 10, 11), None, 3)], GREEDY, frozenset(), lambda _: False))[0]) == 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("model_type", ["gpt_neo", "lfm2"])
def test_a_library_that_agrees_with_itself_is_used(model_type, dtype):
    assert decoding_of(tiny_model(model_type).to(dtype)).name == "library"


def test_falcon_with_alibi_is_left_to_the_library():
    config = transformers.FalconConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, alibi=True
    )
    assert not decodes_by_column(transformers.FalconForCausalLM(config))
