"""Texts as token ids: what counts as completion, whose end token, and where the answer begins."""

import polars as pl
import pytest

from skillprobe_core.divergence.compare import source_texts
from skillprobe_core.divergence.texts import answer_start, generated_texts, reference_texts
from skillprobe_core.errors import SettingsError
from skillprobe_core.inference.prompts import encode_completion, encode_prompt


def test_references_are_prompt_and_answer_with_their_end(tokenizer, items):
    texts = reference_texts(tokenizer, items)
    for text, prompt, reference in zip(texts.texts, items["prompt"], items["reference"], strict=True):
        assert list(text.prompt) == encode_prompt(tokenizer, prompt)
        assert list(text.completion) == encode_completion(tokenizer, reference)
        assert text.completion[-1] == tokenizer.eos_token_id
    assert (texts.source, texts.item_set, texts.tokens) == ("reference", "s" * 16, texts.offsets[-1])


def test_the_digest_follows_every_id(tokenizer, items):
    texts = reference_texts(tokenizer, items)
    other = items.with_columns(reference=pl.col("reference").str.replace("42", "43"))
    assert reference_texts(tokenizer, items).digest == texts.digest
    assert reference_texts(tokenizer, other).digest != texts.digest
    assert reference_texts(tokenizer, items.head(3)).digest != texts.digest


def test_a_generation_ends_where_the_model_ended_it(tokenizer, items):
    generations = pl.DataFrame(
        {
            "item_id": [items["item_id"][1], items["item_id"][1], items["item_id"][0]],
            "sample": [1, 0, 0],
            "completion": ["b", "a", ""],
            "finish_reason": ["length", "stop", "stop"],
        }
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


def test_sources_are_not_mixed_up(tokenizer, items):
    generations = pl.DataFrame({"item_id": [], "sample": [], "completion": [], "finish_reason": []})
    for source, given in (("own", None), ("base", None), ("reference", generations), ("other", None)):
        with pytest.raises(SettingsError):
            source_texts(tokenizer, items, text_source=source, generations=given)
