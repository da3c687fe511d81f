"""The redone output projection equals the model's own logits, for real model classes."""

import pytest
import torch

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.hidden_states import final_states
from skillprobe_core.measurements.divergence.output_projection import CONVERTED_ROWS, Head, head_of
from skillprobe_core.measurements.divergence.token_texts import Text, Texts
from tests.cuda_device import DEVICES

TEXTS = Texts("s", "reference", (Text("a", (5, 6, 7), (8, 9, 10, 11)), Text("b", (12,), (13, 14)), Text("c", (1,), ())))


def own_logits(model, text):
    """What the model itself says, one text at a time, without padding."""
    with torch.inference_mode():
        logits = model(torch.tensor([text.inputs])).logits[0].float()
    return logits[len(text.prompt) - 1 :]


def test_logits_are_the_models_own(family, tiny_model):
    model = tiny_model(family)
    head = head_of(model)
    (batch,) = final_states(model, TEXTS)
    expected = torch.cat([own_logits(model, TEXTS.texts[i]) for i in batch.index])
    assert sorted(batch.index) == [0, 1]
    assert expected.abs().max() > 0.05
    torch.testing.assert_close(head.project(batch.states), expected, rtol=1e-5, atol=1e-5)


def test_what_follows_the_product_is_observed(tiny_model):
    assert head_of(tiny_model("gemma2")).softcap == pytest.approx(3.0, rel=1e-6)
    assert head_of(tiny_model("cohere")).scale == pytest.approx(0.0625, rel=1e-6)
    assert head_of(tiny_model("granite")).scale == pytest.approx(1 / 8, rel=1e-6)
    head = head_of(tiny_model("llama"))
    assert (head.scale, head.softcap) == (1.0, None)


@pytest.mark.parametrize("name", ["llama", "gemma2"])
def test_half_precision_models_are_projected_in_fp32(name, tiny_model):
    model = tiny_model(name, dtype=torch.bfloat16)
    head = head_of(model)
    (batch,) = final_states(model, TEXTS)
    assert batch.states.dtype == torch.bfloat16
    logits = head.project(batch.states)
    exact = head.weight.double() @ batch.states.double().T
    if head.softcap is not None:
        exact = head.softcap * torch.tanh(exact / head.softcap)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits.double(), exact.T, rtol=1e-5, atol=1e-5)


def test_tied_and_untied_heads(tiny_model):
    tied, untied = tiny_model("qwen2"), tiny_model("neox")
    assert head_of(tied).weight.data_ptr() == tied.get_input_embeddings().weight.data_ptr()
    assert head_of(untied).weight.data_ptr() != untied.get_input_embeddings().weight.data_ptr()


def test_an_unknown_curve_is_refused(tiny_model):
    model = tiny_model("llama")
    forward = model.forward

    def squared(*args, **kwargs):
        output = forward(*args, **kwargs)
        output.logits = output.logits**2
        return output

    model.forward = squared
    with pytest.raises(CheckpointError, match="something other than a scale or soft cap"):
        head_of(model)


def test_the_model_is_left_as_it_was(tiny_model):
    model = tiny_model("llama").train()
    list(final_states(model, TEXTS))
    head_of(model)
    assert model.training
    assert not model.lm_head._forward_pre_hooks
    assert not model.lm_head._forward_hooks
    assert model(torch.tensor([[1, 2, 3]])).logits.requires_grad


def test_weights_that_are_not_finite_are_refused(tiny_model):
    model = tiny_model("llama")
    with torch.no_grad():
        model.model.layers[0].mlp.up_proj.weight[0, 0] = float("nan")
    with pytest.raises(CheckpointError, match="NaN"):
        list(final_states(model, TEXTS))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_projection_of_many_rows_is_that_of_float64(device, dtype):
    generator = torch.Generator().manual_seed(0)
    weight, states = (torch.randn(n, 24, generator=generator).to(dtype) for n in (CONVERTED_ROWS + 77, 9))
    bias = torch.randn(len(weight), generator=generator)
    head = Head(weight, bias, 0.5, 20.0).to(torch.device(device))
    exact = 20 * torch.tanh(0.5 * (states.double() @ weight.double().T + bias.double()) / 20)
    found = head.project(states)
    assert found.device.type == device
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.cpu().double(), exact, rtol=1e-5, atol=2e-5)
