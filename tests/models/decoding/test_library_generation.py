"""Generation by the model's own class, and where it is used."""

import pytest
import torch
import transformers

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding.decoding import BadLogitsError, Row, decode
from skillprobe_core.models.decoding.library_generation import generate, recompute
from tests.models.conftest import build_model

GREEDY = SamplingSettings()
PROMPTS = [(5, 6, 7), (9,), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), (5, 6, 7), (200, 100, 8)]


def never(_):
    return False


@pytest.mark.parametrize("other", [generate, recompute])
def test_all_ways_give_the_same_rows(other):
    model = build_model("Llama")
    rows = [Row(prompt, None, limit) for prompt, limit in zip(PROMPTS, (8, 3, 5, 7, 1), strict=True)]
    free = dict(decode(model, rows, GREEDY, frozenset(), never))
    ends = frozenset({free[0][4], free[2][1]})
    for settings in ((frozenset(), never), (ends, never), (frozenset(), lambda ids: len(ids) == 2)):
        found = list(other(model, rows, GREEDY, *settings))
        assert dict(found) == dict(decode(model, rows, GREEDY, *settings))
        assert len(found) == len(rows)


@pytest.mark.parametrize("other", [generate, recompute])
def test_draws_follow_the_seed_of_the_row(other):
    model, settings = build_model("Qwen2"), SamplingSettings(temperature=0.9, top_p=0.9)
    rows = [Row(prompt, seed, 9) for prompt in PROMPTS for seed in (1, 2)]
    found = dict(other(model, rows, settings, frozenset(), never))
    assert found == dict(decode(model, rows, settings, frozenset(), never))
    assert found[0] != found[1]


def test_the_generation_settings_of_a_checkpoint_are_neither_used_nor_changed():
    model = build_model("Llama")
    row = [Row((5, 6, 7), None, 8)]
    plain = dict(generate(model, row, GREEDY, frozenset(), never))
    own = transformers.GenerationConfig(repetition_penalty=3.0, suppress_tokens=plain[0][:2], eos_token_id=plain[0][3])
    model.generation_config = own
    assert dict(generate(model, row, GREEDY, frozenset(), never)) == plain
    assert model.generation_config is own


@pytest.mark.parametrize("other", [generate, recompute])
def test_logits_that_are_not_numbers_are_an_error(other):
    model = build_model("Llama")
    with torch.no_grad():
        model.lm_head.weight[3] = torch.nan
    with pytest.raises(BadLogitsError):
        list(other(model, [Row((5,), None, 2)], GREEDY, frozenset(), never))
