"""One pass of two models over the same texts: every token of every text, whichever side's states are given."""

import numpy as np
import pytest
import torch

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.divergence.aligned_texts import same_ids
from skillprobe_core.measurements.divergence.base_states import base_states
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.paired_passes import token_measures
from skillprobe_core.measurements.divergence.token_texts import Text, Texts, reference_texts


def by_text(base, checkpoint, texts: Texts, **options: int) -> dict[int, dict[str, np.ndarray]]:
    return dict(token_measures(base, checkpoint, same_ids(texts, 320), **options))


def test_every_text_comes_once_with_a_value_per_token(tokenizer, items, tiny_model, moved) -> None:
    base, texts = tiny_model("llama"), reference_texts(tokenizer, items)
    found = by_text(base, moved(base, 0.1), texts, batch_tokens=60)
    assert sorted(found) == list(range(len(texts.texts)))
    names = {each.name for each in per_token()}
    for index, values in found.items():
        assert set(values) == names
        assert {len(each) for each in values.values()} == {len(texts.texts[index].completion)}


@pytest.mark.parametrize("given_side", ["base", "checkpoint", "both"])
def test_given_states_replace_a_forward_pass_and_change_nothing(
    given_side: str, tokenizer, items, tiny_model, moved
) -> None:
    base = tiny_model("llama")
    checkpoint, texts = moved(base, 0.1), reference_texts(tokenizer, items)
    expected = by_text(base, checkpoint, texts)
    sides = [
        base_states(side, texts) if given_side in (name, "both") else side
        for name, side in (("base", base), ("checkpoint", checkpoint))
    ]
    found = by_text(*sides, texts)
    for index, values in expected.items():
        for name, value in values.items():
            np.testing.assert_array_equal(found[index][name], value, err_msg=name)


def test_a_text_without_completion_is_left_out(tiny_model) -> None:
    base = tiny_model("llama")
    texts = Texts("s", "own", (Text("a", (1, 2), ()), Text("b", (1, 2), (3, 4))))
    assert list(by_text(base, base, texts)) == [1]


def test_states_of_other_texts_are_refused(tokenizer, items, tiny_model) -> None:
    base = tiny_model("llama")
    states = base_states(base, reference_texts(tokenizer, items.head(2)))
    for sides in ((states, base), (base, states)):
        with pytest.raises(StoreError, match="were computed on texts"):
            next(token_measures(*sides, same_ids(reference_texts(tokenizer, items), 320)))


def test_the_first_token_is_that_after_the_prompt(tokenizer, items, tiny_model, moved) -> None:
    base = tiny_model("gpt2")
    checkpoint, texts = moved(base, 0.2), reference_texts(tokenizer, items.head(1))
    (text,) = texts.texts
    with torch.inference_mode():
        p, q = (m(torch.tensor([text.prompt])).logits[0, -1].double().log_softmax(-1) for m in (base, checkpoint))
    assert by_text(base, checkpoint, texts)[0]["forward_kl"][0] == pytest.approx(
        (p.exp() * (p - q)).sum().item(), rel=1e-3
    )
