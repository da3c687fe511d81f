"""Texts as token ids: what counts as completion, whose end token, and where the answer begins."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.divergence.compare_texts import encoded_texts
from skillprobe_core.measurements.divergence.token_texts import (
    Text,
    Texts,
    answer_start,
    generated_texts,
    reference_texts,
    within_context,
)
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.completion_text import completion_text
from skillprobe_core.models.prompts import encode_completion, encode_prompt
from skillprobe_core.models.reasoning import split_reasoning


def test_references_are_prompt_and_answer_with_their_end(tokenizer, items):
    texts = reference_texts(tokenizer, items)
    for text, prompt, reference in zip(texts.texts, items["prompt"], items["reference"], strict=True):
        assert list(text.prompt) == encode_prompt(tokenizer, prompt)
        assert list(text.completion) == encode_completion(tokenizer, reference)
        assert text.completion[-1] == tokenizer.eos_token_id
    assert (texts.text, texts.item_set, texts.tokens) == ("reference", "s" * 16, texts.offsets[-1])


def test_a_special_token_that_a_reference_names_is_not_its_end(tokenizer, items):
    named = items.with_columns(reference=pl.lit(f"It is {tokenizer.eos_token}.\n") + pl.col("reference"))
    for text, reference in zip(reference_texts(tokenizer, named).texts, named["reference"], strict=True):
        assert text.completion.count(tokenizer.eos_token_id) == 1
        assert tokenizer.decode(text.completion[:-1]) == reference
        before, _, _ = reference.rpartition("Answer:")
        assert tokenizer.decode(text.completion[: text.answer_from]) == before


def test_the_digest_follows_every_id(tokenizer, items):
    texts = reference_texts(tokenizer, items)
    other = items.with_columns(reference=pl.col("reference").str.replace("42", "43"))
    assert reference_texts(tokenizer, items).digest == texts.digest
    assert reference_texts(tokenizer, other).digest != texts.digest
    assert reference_texts(tokenizer, items.head(3)).digest != texts.digest


def generations_of(**columns):
    """Rows of `generations` as far as texts are made of them; without ids unless they are given."""
    return pl.DataFrame(columns).with_columns(
        *(
            pl.lit(None, dtype).alias(name)
            for name, dtype in (("reasoning", pl.String), ("completion_ids", pl.List(pl.Int32)))
            if name not in columns
        ),
        sampling=pl.lit(SamplingSettings().row_canonical()),
        reading=pl.lit("fair"),
    )


def test_a_text_without_ids_ends_where_the_model_ended_it(tokenizer, items):
    generations = generations_of(
        item_id=[items["item_id"][1], items["item_id"][1], items["item_id"][0]],
        sample=[1, 0, 0],
        completion=["b", "a", ""],
        finish_reason=["length", "stop", "stop"],
    )
    texts = generated_texts(tokenizer, items, generations, "own")
    end = tokenizer.eos_token_id
    plain = {letter: tokenizer(letter, add_special_tokens=False)["input_ids"][0] for letter in "ab"}
    assert [(t.item_id, t.sample, t.completion) for t in texts.texts] == [
        (items["item_id"][0], 0, (end,)),
        (items["item_id"][1], 0, (plain["a"], end)),
        (items["item_id"][1], 1, (plain["b"],)),
    ]


@pytest.mark.parametrize(
    ("completion", "reasoning"),
    [
        ("7 + 5 is 12.\nAnswer: 12", "7 + 5 is 12.\n"),
        ("Answer: 3? No.\n**Final answer:** 4", "Answer: 3? No.\n"),
        ("so \\boxed{7}", "so "),
        ("Answer: 5", ""),
    ],
)
def test_where_the_answer_begins(completion, reasoning, tokenizer):
    assert answer_start(tokenizer, completion) == len(tokenizer(reasoning, add_special_tokens=False)["input_ids"])


def test_without_an_answer_all_is_reasoning(tokenizer):
    assert answer_start(tokenizer, "I do not know") == len(encode_completion(tokenizer, "I do not know"))


def test_texts_are_not_mixed_up(tokenizer, items):
    generations = generations_of(item_id=[], sample=[], completion=[], finish_reason=[])
    for text, rows in (("own", None), ("base", None), ("reference", generations), ("other", None)):
        with pytest.raises(SettingsError):
            encoded_texts(tokenizer, items, text=text, generations=rows)


def sampled(tokenizer, item_id, ids, finish_reason="stop"):
    """The row that generation would store for these ids."""
    end = ids[:-1] if finish_reason == "stop" else ids
    text, _ = completion_text(tokenizer, end, SamplingSettings())
    parts = split_reasoning(tokenizer, ids, text, SamplingSettings(), opened=False)
    return generations_of(
        item_id=[item_id],
        sample=[0],
        completion=[parts.answer],
        reasoning=pl.Series([parts.reasoning], dtype=pl.String),
        finish_reason=[finish_reason],
        completion_ids=pl.Series([ids], dtype=pl.List(pl.Int32)),
    )


@given(st.lists(st.integers(0, 255), max_size=20), st.sampled_from(["", "\nAnswer: 7", "\\boxed{1}"]))
def test_the_text_is_the_tokens_that_were_sampled(tokenizer, items, ids, answer):
    """Random bytes are seldom a text, and do not come back from one as the same ids."""
    ids = [*ids, *tokenizer(answer, add_special_tokens=False)["input_ids"], 300]
    (text,) = generated_texts(tokenizer, items, sampled(tokenizer, items["item_id"][2], ids), "own").texts
    assert text.completion == tuple(ids)
    begins = len(ids) - (len(answer.strip()) + 1 if answer else 0)
    # Bytes that are no character, just before the answer, may count as part of it.
    assert 0 <= begins - text.answer_from <= 4
    assert text.answer_from == begins or "\ufffd" in tokenizer.decode(ids[:begins])


@pytest.mark.parametrize(
    "written",
    [
        "7 + 5 is 12.\nAnswer: 12",
        "Answer: 3? No.\n**Final answer:** 4",
        "so \\boxed{7}",
        "Answer: 5",
        "na\u00efve \u65e5\u672c\nAnswer: \u65e5",
        "<think>7 + 5? Answer: 9\nAnswer: 8</think>\nIt is\nAnswer: 12",
        "<think>Answer: 8 and",
        "I do not know",
    ],
)
def test_the_answer_begins_where_it_begins_in_the_text(written, tokenizer, items):
    ids = encode_completion(tokenizer, written)
    (text,) = generated_texts(tokenizer, items, sampled(tokenizer, items["item_id"][0], ids), "own").texts
    assert text.completion == tuple(ids)
    assert text.answer_from == answer_start(tokenizer, written)


def test_the_answer_begins_at_its_own_tokens_however_the_text_was_split(byte_tokenizer, items):
    """The model spells `so` and `Answer` with bytes, where the tokenizer has one token for each."""
    spelled, whole = byte_tokenizer(), byte_tokenizer(["so", "Answer"])
    ids = [*spelled("so so\nAnswer: 7", add_special_tokens=False)["input_ids"], whole.eos_token_id]
    (text,) = generated_texts(whole, items, sampled(whole, items["item_id"][0], ids), "own").texts
    assert text.answer_from == len("so so\n")
    assert answer_start(whole, "so so\nAnswer: 7") < text.answer_from


def test_another_end_token_closes_the_text(tokenizer, items):
    ids = [*tokenizer("Answer: 7", add_special_tokens=False)["input_ids"], 310]
    (text,) = generated_texts(tokenizer, items, sampled(tokenizer, items["item_id"][0], ids), "base").texts
    assert text.completion[-1] == 310 != tokenizer.eos_token_id


def test_other_readings_give_no_text(tokenizer, items):
    row = sampled(tokenizer, items["item_id"][0], [65, 300])
    other = row.with_columns(reading=pl.lit("other"), completion_ids=pl.Series([[66, 300]], dtype=pl.List(pl.Int32)))
    (text,) = generated_texts(tokenizer, items, pl.concat([other, row]), "own").texts
    assert text.completion == (65, 300)


def test_a_text_beyond_the_context_has_no_tokens_to_measure(tokenizer, items):
    texts = reference_texts(tokenizer, items)
    assert within_context(texts, None) == texts
    lengths = sorted(len(text.inputs) for text in texts.texts)
    assert within_context(texts, lengths[-1]) == texts
    fewer = within_context(texts, lengths[-1] - 1)
    assert sorted(len(text.completion) > 0 for text in fewer.texts) == [False, True, True, True]
    assert [text.prompt for text in fewer.texts] == [text.prompt for text in texts.texts]


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=3), max_size=6),
    st.integers(1, 30),
)
def test_parts_hold_every_text_once_and_divide_no_item(lengths, most):
    some = [
        Text(f"{item}", (1,), tuple(range(length)), sample)
        for item, of_item in enumerate(lengths)
        for sample, length in enumerate(of_item)
    ]
    texts = Texts("s", "own", tuple(some))
    parts = list(texts.parts(most))
    assert [text for part in parts for text in part.texts] == some
    assert all((part.item_set, part.text) == ("s", "own") for part in parts)
    items = [{text.item_id for text in part.texts} for part in parts]
    assert sum(map(len, items)) == len({text.item_id for text in some})
    assert all(part.tokens <= most or len(of) == 1 for part, of in zip(parts, items, strict=True))
    for one, two in pairwise(parts):
        following = [text for text in two.texts if text.item_id == two.texts[0].item_id]
        assert one.tokens + sum(len(text.completion) for text in following) > most
