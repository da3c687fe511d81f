"""A sample of the architectures agrees with transformers, and the check notices what does not."""

import pytest

from skillprobe_core.models.backends import transformers_backend
from skillprobe_core.models.decoding.decoding import decode
from skillprobe_core.models.decoding.decoding_choice import Decoding
from tools.architectures.checks import check, until
from tools.architectures.page import page

SAMPLE = {
    "olmo3": "own",  # sliding window
}
LARGER_SAMPLE = {
    "lfm2": "library",  # convolutions
    "qwen3_5_text": "library",  # linear attention in most layers
    "mpt": "library",  # ALiBi
    "gpt_neo": "library",  # local attention
    "mixtral": "own",  # mixture of experts
    "qwen2_5_vl": "own",  # multimodal
    "gemma3_text": "own",  # layers of two kinds
    "mamba": "library",  # state space
    "nemotron_h_omni": "library",  # its output layer is in its language model
    "rwkv": "recomputed",  # states that the library mixes
}


@pytest.mark.parametrize(
    ("model_type", "decoding"),
    [*SAMPLE.items(), *(pytest.param(*each, marks=pytest.mark.slow) for each in LARGER_SAMPLE.items())],
)
def test_an_architecture_agrees_with_transformers(model_type, decoding):
    found = check(model_type)
    assert (found.refused, found.library, found.faults, found.decoding) == ("", "", (), decoding)
    assert not found.other or model_type == "rwkv"


@pytest.mark.slow
@pytest.mark.parametrize(("model_type", "follows"), [("roberta", "the forward pass"), ("moshi", "`generate`")])
def test_a_library_that_contradicts_itself_is_reported_with_evidence(model_type, follows):
    found = check(model_type)
    assert found.faults == ()
    assert found.library.endswith(f"of the largest (float64); completions follow {follows}")
    assert "## transformers contradicts itself (1)" in page([found])


def test_decoding_that_loses_the_past_is_noticed(monkeypatch):
    monkeypatch.setattr(transformers_backend, "decoding_of", lambda _: Decoding("own", decode))
    assert any(fault.startswith(("generation", "sampling")) for fault in check("mpt").faults)


def test_refused_architectures_name_their_class():
    found = [check("blip")]
    assert found[0].refused.startswith("BlipForConditionalGeneration cannot be run on text alone")
    text = page(found)
    assert "## Refused (1)" in text
    assert "## Agree with transformers (0)" in text


def test_completions_end_with_the_first_end_token():
    assert until([5, 6, 7, 6], frozenset({6, 7})) == [5, 6]
    assert until([5, 6], frozenset({9})) == [5, 6]
