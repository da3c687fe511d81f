"""Classes that do not generate text from text are refused by name."""

from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.text_model import check_text_model
from tests.models.conftest import build_model
from tools.architectures.tiny_models import spread, tiny_config, tiny_model


def test_causal_models_pass(family):
    check_text_model(build_model(family), Path("folder"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_encoder_is_refused_and_its_decoder_is_not(dtype):
    import torch
    from transformers import AutoModelForCausalLM

    config = tiny_config("bert")
    config.is_decoder = False
    model = AutoModelForCausalLM.from_config(config).eval()
    spread(model, seed=0)
    model.to(getattr(torch, dtype))
    with pytest.raises(CheckpointError, match="BertLMHeadModel looks at the tokens after a position") as refused:
        check_text_model(model, Path("folder"))
    assert "set is_decoder to true" in refused.value.remedy
    check_text_model(tiny_model("bert").to(getattr(torch, dtype)), Path("folder"))


def test_outputs_that_depend_on_the_length_of_the_text_are_refused():
    with pytest.raises(CheckpointError, match="ProphetNetForCausalLM computes the output for the beginning of a text"):
        check_text_model(tiny_model("prophetnet"), Path("folder"))


def test_outputs_that_are_random_are_refused():
    with pytest.raises(CheckpointError, match="ReformerModelWithLMHead sorts tokens into random buckets"):
        check_text_model(tiny_model("reformer"), Path("folder"))


def test_a_class_that_needs_images_is_refused():
    with pytest.raises(
        CheckpointError, match=r"BlipForConditionalGeneration cannot be run on text alone: .*pixel_values"
    ):
        check_text_model(tiny_model("blip"), Path("folder"))
