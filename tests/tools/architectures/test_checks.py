"""A sample of the architectures agrees with transformers, and the check notices what does not."""

import pytest

from skillprobe_core.models.backends import transformers_backend
from skillprobe_core.models.decoding.decoding import decode
from tools.architectures.checks import check, until
from tools.architectures.page import page

SAMPLE = {
    "qwen3_5_text": "library",  # linear attention in most layers
    "olmo3": "own",  # sliding window
    "mpt": "library",  # ALiBi
    "gpt_neo": "library",  # local attention
    "mixtral": "own",  # mixture of experts
    "qwen2_5_vl": "own",  # multimodal
}


@pytest.mark.parametrize("model_type", SAMPLE)
def test_an_architecture_agrees_with_transformers(model_type):
    found = check(model_type)
    assert (found.refused, found.faults, found.other) == ("", (), ())
    assert found.decoding == SAMPLE[model_type]


def test_decoding_that_loses_the_past_is_noticed(monkeypatch):
    monkeypatch.setattr(transformers_backend, "decodes_by_column", lambda _: True)
    monkeypatch.setattr(transformers_backend, "decode", decode)
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
