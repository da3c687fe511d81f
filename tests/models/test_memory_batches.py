"""Batches by memory: the cache's size by the model's shape."""

import pytest
import torch
from transformers import DynamicCache

from skillprobe_core.models.device_memory import free_bytes
from skillprobe_core.models.memory_batches import cache_bytes, fitting_rows, rows_within, widest
from tests.cuda_device import NO_GPU
from tests.models.conftest import build_model
from tools.architectures.tiny_models import tiny_config, tiny_model


@torch.inference_mode()
@pytest.mark.parametrize("family", ["Llama", "Qwen2", "GPT2", "GPTNeoX", "Gemma2"])
def test_the_cache_takes_what_the_shape_says(family: str) -> None:
    model, columns = build_model(family), 9
    if family in ("GPT2", "GPTNeoX"):
        del model.config.num_key_value_heads  # these classes have none; the tests' sizes name it for all
    cache = DynamicCache()
    model(torch.arange(columns)[None], past_key_values=cache, use_cache=True)
    held = sum(tensor.nbytes for layer in cache.layers for tensor in (layer.keys, layer.values))
    assert held == columns * cache_bytes(model.config, 4)


def test_rows_fit_into_the_free_memory() -> None:
    model = build_model("Llama")
    free = free_bytes(torch.device("cpu"))
    assert free is not None
    assert free > 0
    rows = fitting_rows(model, 1000)
    assert rows is not None
    assert 1 <= rows * 1000 * cache_bytes(model.config, 4) <= free
    assert fitting_rows(model, 10**15) == 1


def test_half_of_the_free_memory_is_for_caches() -> None:
    assert [rows_within(1000, 5, each) for each in (1, 10, 50, 100, 1000)] == [100, 10, 2, 1, 1]


@pytest.mark.parametrize("model_type", ["gemma3n_text", "gemma4_text", "dots3_note_text", "nemotron_h", "blt"])
def test_sizes_that_differ_between_layers_are_read(model_type: str) -> None:
    config = tiny_config(model_type).get_text_config(decoder=True)
    assert cache_bytes(config, 2) >= 0
    assert widest(config, "hidden_size") in (0, 32)
    assert isinstance(widest(config, "intermediate_size"), int)


@torch.inference_mode()
def test_layers_of_different_widths_are_added_up() -> None:
    """Some configurations refuse to name one width for all layers."""
    model, columns = tiny_model("dots3_note_text"), 9
    cache = model(torch.arange(10, 10 + columns)[None], use_cache=True).past_key_values
    held = sum(tensor.nbytes for layer in cache.layers for tensor in (layer.keys, layer.values))
    assert held <= columns * cache_bytes(model.config, 4) <= 8 * held
    assert fitting_rows(model, columns)


@pytest.mark.gpu
@NO_GPU
def test_rows_fit_into_the_free_memory_of_a_gpu() -> None:
    model = build_model("Llama").cuda()
    per_row = 1000 * cache_bytes(model.config, 4)
    free = free_bytes(model.device)
    rows = fitting_rows(model, 1000)
    assert free is not None
    assert rows is not None
    assert 0.4 * free < rows * per_row <= 0.51 * free
