"""The decoding loop gives each row what the model alone gives it, token by token."""

import pytest
import torch
from transformers import PreTrainedModel

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding.decoding import BadLogitsError, Row, decode
from tests.models.conftest import VOCABULARY, build_model

GREEDY = SamplingSettings()
PROMPTS = [(5, 6, 7), (9,), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), (5, 6, 7), (200, 100)]


def never(_: list[int]) -> bool:
    return False


@torch.inference_mode()
def alone(model: PreTrainedModel, prompt: tuple[int, ...], limit: int, ends: frozenset[int] = frozenset()) -> list[int]:
    """Greedy tokens of one prompt, without a cache or a batch."""
    made: list[int] = []
    while len(made) < limit and not (made and made[-1] in ends):
        logits = model(torch.tensor([[*prompt, *made]])).logits[0, -1]
        made.append(int(logits.argmax()))
    return made


def test_each_row_is_decoded_as_by_itself_up_to_its_own_limit(family: str) -> None:
    model = build_model(family)
    rows = [Row(prompt, None, limit) for prompt, limit in zip(PROMPTS, (8, 3, 5, 8, 1), strict=True)]
    found = dict(decode(model, rows, GREEDY, frozenset(), never))
    assert found == {number: alone(model, row.prompt, row.limit) for number, row in enumerate(rows)}


def test_rows_come_as_soon_as_they_end_and_keep_their_end_token() -> None:
    model = build_model("Llama")
    rows = [Row(prompt, None, 12) for prompt in PROMPTS]
    free = [alone(model, row.prompt, 12) for row in rows]
    ends = frozenset({free[2][1], free[0][4]})
    finished = list(decode(model, rows, GREEDY, ends, never))
    assert sorted(number for number, _ in finished) == list(range(len(rows)))
    assert dict(finished) == {number: alone(model, row.prompt, 12, ends) for number, row in enumerate(rows)}
    lengths = [len(ids) for _, ids in finished]
    assert lengths == sorted(lengths)


def test_a_row_ends_where_its_text_is_complete() -> None:
    model = build_model("Llama")
    found = dict(decode(model, [Row((5, 6, 7), None, 12)], GREEDY, frozenset(), lambda ids: len(ids) == 4))
    assert found[0] == alone(model, (5, 6, 7), 12)[:4]


def test_penalties_give_what_the_library_generates() -> None:
    """`repetition_penalty` against `generate`; rows that end early leave, and the others keep their own history."""
    model, penalised = build_model("Llama"), SamplingSettings(repetition_penalty=1.7)
    expected = []
    for prompt in PROMPTS:
        ids = torch.tensor([prompt])
        made = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=12,
            do_sample=False,
            repetition_penalty=1.7,
            eos_token_id=VOCABULARY,
            pad_token_id=0,
        )
        expected.append(made[0, len(prompt) :].tolist())
    rows = [Row(prompt, None, limit) for prompt, limit in zip(PROMPTS, (12, 2, 12, 5, 12), strict=True)]
    found = dict(decode(model, rows, penalised, frozenset(), never))
    assert found == {number: expected[number][: row.limit] for number, row in enumerate(rows)}
    assert found != dict(decode(model, rows, GREEDY, frozenset(), never))


def test_equal_prompts_with_the_same_seed_have_one_completion_and_with_others_several() -> None:
    model, sampled = build_model("Qwen2"), SamplingSettings(temperature=1.0)
    found = dict(decode(model, [Row((5, 6), seed, 10) for seed in (1, 2, 1, 3)], sampled, frozenset(), never))
    assert found[0] == found[2]
    assert len({tuple(ids) for ids in found.values()}) == 3


def test_logits_that_are_not_numbers_are_an_error() -> None:
    model = build_model("Llama")
    with torch.no_grad():
        model.lm_head.weight[3] = torch.nan
    with pytest.raises(BadLogitsError):
        list(decode(model, [Row((5,), None, 2)], GREEDY, frozenset(), never))
