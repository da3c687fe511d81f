"""Vocabularies and tokenizers that can be compared, and those that cannot."""

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.compare_texts import logit_divergence
from skillprobe_core.measurements.divergence.compared_texts import Text, Texts
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.shared_vocabulary import (
    check_same_tokenizer,
    check_shared_tokens,
    shared_vocabulary,
)

MEASURES = [measure.name for measure in per_token()]


def compare(base, checkpoint, tokenizer, items, **settings):
    return logit_divergence(base, checkpoint, tokenizer, items, model="m", step=7, **settings)


def test_padded_vocabularies_are_compared_on_the_shared_tokens(tokenizer, items, tiny_model, moved):
    base = tiny_model("llama")
    checkpoint = moved(base, 0.1)
    narrow = compare(base, checkpoint, tokenizer, items)
    checkpoint.resize_token_embeddings(400, mean_resizing=False)
    table = compare(base, checkpoint, tokenizer, items)
    assert table["vocabulary"].to_list() == [320] * items.height
    for measure in MEASURES:
        assert table[measure].to_list() == pytest.approx(narrow[measure].to_list(), rel=1e-5)
    assert compare(checkpoint, base, tokenizer, items)["vocabulary"][0] == 320


def test_texts_outside_the_shared_vocabulary_are_refused(tokenizer, items, tiny_model):
    with pytest.raises(CheckpointError, match="256"):
        compare(tiny_model("llama", vocabulary=300), tiny_model("llama", vocabulary=256), tokenizer, items)


def test_another_tokenizer_is_refused(tokenizer, items, tiny_model, byte_tokenizer):
    base = tiny_model("llama")
    more = byte_tokenizer(["<think>"])
    assert compare(base, base, more, items, base_tokenizer=tokenizer)["tv"].max() == 0
    other = byte_tokenizer()
    vocabulary = {**other.backend_tokenizer.get_vocab(with_added_tokens=False)}
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    other.backend_tokenizer.model = type(other.backend_tokenizer.model)(vocabulary, [])
    with pytest.raises(CheckpointError, match="tokenizer does not match"):
        compare(base, base, other, items, base_tokenizer=tokenizer)
    splitting = byte_tokenizer(["Answer"])
    with pytest.raises(CheckpointError, match="different tokens"):
        compare(base, base, splitting, items, base_tokenizer=tokenizer)


def test_the_shared_tokens_are_those_of_the_smaller_vocabulary() -> None:
    texts = Texts("s", "reference", (Text("a", (5, 9), (3,)), Text("b", (1,), (9,))))
    assert shared_vocabulary(12, 10, texts) == shared_vocabulary(10, 12, texts) == 10
    assert shared_vocabulary(3, 4, Texts("s", "reference", ())) == 3
    with pytest.raises(CheckpointError, match="token 9, but the base has 9 output tokens and the checkpoint 12"):
        shared_vocabulary(9, 12, texts)


def test_a_tokenizer_matches_itself_and_one_with_tokens_that_no_text_uses(tokenizer, byte_tokenizer) -> None:
    check_same_tokenizer(tokenizer, tokenizer, ["Answer: 5"])
    check_same_tokenizer(tokenizer, byte_tokenizer(["<think>"]), ["Answer: 5"])
    check_same_tokenizer(byte_tokenizer(["<think>"]), tokenizer, ["Answer: 5"])
    with pytest.raises(CheckpointError, match="split 'so <think> it' into different tokens"):
        check_same_tokenizer(tokenizer, byte_tokenizer(["<think>"]), ["Answer: 5", "so <think> it"])


def test_a_text_with_a_token_of_one_side_is_refused_although_both_models_have_a_row_for_it(
    tokenizer, byte_tokenizer
) -> None:
    more = byte_tokenizer(["<think>"])
    added = more.convert_tokens_to_ids("<think>")
    plain, with_it = (Texts("s", "own", (Text("a", (5, 9), completion),)) for completion in ((3, 4), (3, added)))
    for base, checkpoint, lacking in ((tokenizer, more, "base"), (more, tokenizer, "checkpoint")):
        check_shared_tokens(base, checkpoint, plain)
        with pytest.raises(CheckpointError, match=rf"token {added}, '<think>', which the {lacking} does not have"):
            check_shared_tokens(base, checkpoint, with_it)
    check_shared_tokens(more, more, with_it)
