"""The base model's tokenizer: nothing is lost, digits and newlines stand alone, prompt and completion do not mix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.models.prompts import encode_completion, encode_prompt, plain_text
from tools.base_model.curriculum import Curriculum
from tools.base_model.network import CONTEXT
from tools.base_model.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    texts = [f"{plain_text(item.prompt)}{item.reference}" for item in Curriculum(KINDS, seed=0).take(300)]
    return train_tokenizer(texts, vocabulary_size=600, context=CONTEXT)


def _tokens(tokenizer, text):
    return [tokenizer.decode([token]) for token in tokenizer(text)["input_ids"]]


@given(text=st.text())
def test_any_text_round_trips(tokenizer, text):
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


@given(number=st.integers(min_value=0, max_value=10**12), words=st.text(alphabet="ab ,.+=-(", max_size=6))
def test_each_digit_is_its_own_token(tokenizer, number, words):
    tokens = _tokens(tokenizer, f"{words}{number}{words}")
    assert [token for token in tokens if any(character.isdigit() for character in token)] == list(str(number))


@given(before=st.text(), after=st.text())
def test_a_newline_is_its_own_token_and_parts_what_stands_around_it(tokenizer, before, after):
    newline = tokenizer("\n")["input_ids"]
    assert len(newline) == 1
    parts = [*tokenizer(before)["input_ids"], *newline, *tokenizer(after)["input_ids"]]
    assert tokenizer(f"{before}\n{after}")["input_ids"] == parts


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_prompt_and_reference_have_the_same_tokens_together_and_apart(tokenizer, kind):
    for index in range(5):
        item = draw(kind, min(kind.levels), Split.TRAIN, seed=0, index=index)
        if item is None:
            continue
        apart = encode_prompt(tokenizer, item.prompt) + encode_completion(tokenizer, item.reference)
        together = tokenizer(plain_text(item.prompt) + item.reference)["input_ids"]
        assert apart == [*together, tokenizer.eos_token_id]


def test_it_is_the_same_tokenizer_after_a_round_trip_through_files(tokenizer, tmp_path):
    from transformers import AutoTokenizer

    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = "What is 12 + 30?\nAnswer: 42 \u00fc\U0001f600"
    assert loaded(text)["input_ids"] == tokenizer(text)["input_ids"]
    assert (loaded.eos_token, loaded.pad_token, loaded.chat_template) == (
        tokenizer.eos_token,
        tokenizer.pad_token,
        None,
    )
