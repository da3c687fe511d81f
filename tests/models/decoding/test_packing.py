"""Linear layers with weights made ready: the same bits, and nothing left of it afterwards."""

import pytest
import torch

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding import packing
from skillprobe_core.models.decoding.packing import packed_linears
from tests.models.conftest import build_model

PLAIN = torch.nn.Linear.forward
SUPPORTED = torch.ops.mkldnn._is_mkldnn_bf16_supported()
IDS = torch.tensor([[5, 6, 7, 8], [9, 10, 11, 12]])


def linears(model):
    return [layer for layer in model.modules() if type(layer) is torch.nn.Linear]


def swapped(model):
    return [
        layer.forward.__func__ is not PLAIN if hasattr(layer.forward, "__func__") else True for layer in linears(model)
    ]


@pytest.mark.skipif(not SUPPORTED, reason="the processor has no bfloat16 products")
@torch.inference_mode()
def test_packed_layers_give_the_same_bits(family):
    model = build_model(family).bfloat16()
    plain = model(IDS).logits
    with packed_linears(model):
        assert all(swapped(model))
        assert torch.equal(model(IDS).logits, plain)
    assert not any(swapped(model))
    assert torch.equal(model(IDS).logits, plain)


@torch.inference_mode()
def test_float32_and_large_models_stay_as_they_are(monkeypatch):
    model = build_model("Llama")
    with packed_linears(model):
        assert not any(swapped(model))
    monkeypatch.setattr(packing, "MOST_BYTES", 1000)
    with packed_linears(model.bfloat16()):
        assert not any(swapped(model))


def test_an_error_within_leaves_the_layers_as_they_were():
    model = build_model("Llama").bfloat16()
    with pytest.raises(IndexError), packed_linears(model):
        model(torch.tensor([[10**6]]))  # no such token
    assert not any(swapped(model))


def test_completions_that_nobody_waits_for_leave_them_too(make_backend, mixed_requests):
    backend = make_backend()
    backend.model.bfloat16()
    answers = backend.complete(mixed_requests(4), SamplingSettings(max_new_tokens=4))
    next(answers)
    assert all(swapped(backend.model)) == (SUPPORTED and backend.model.device.type == "cpu")
    answers.close()
    assert not any(swapped(backend.model))
