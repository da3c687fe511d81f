"""Rows of tokens: by token where vocabularies differ, in order where they are equal."""

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.vocabulary_rows import rows_are_tokens, token_ids, two_vocabularies, vocabulary_rows


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("embed_tokens.weight", True), ("wte.weight", True), ("lm_head.weight", True), ("lm_head.bias", True),
        ("embed_out.weight", True), ("word_embeddings.weight", True), ("wpe.weight", False), ("norm.weight", False),
        ("layers.0.embed_tokens.weight", False), ("layers.0.mlp.lm_head.weight", False),
    ],
)  # fmt: skip
def test_embeddings_and_heads_have_a_row_per_token(key, expected):
    assert rows_are_tokens(key) is expected


VOCABULARY = st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=10)


@given(VOCABULARY, VOCABULARY, st.integers(0, 12), st.integers(0, 12))
def test_every_row_of_a_shared_token_is_paired_with_its_own(base, checkpoint, rows, others):
    ids, other_ids = ({token: number for number, token in enumerate(each)} for each in (base, checkpoint))
    found = vocabulary_rows((ids, other_ids), rows, others)
    pairs = set(zip(found.base, found.checkpoint, strict=True))
    shared = [token for token in base if token in other_ids]
    assert pairs == {(ids[t], other_ids[t]) for t in shared if ids[t] < rows and other_ids[t] < others}
    assert sorted([*found.base, *found.missing]) == list(range(rows))
    assert sorted([*found.checkpoint, *found.new]) == list(range(others))


@given(st.integers(0, 9), st.integers(0, 9))
def test_with_one_vocabulary_rows_match_in_order(base, checkpoint):
    found = vocabulary_rows(None, base, checkpoint)
    if base == checkpoint:
        assert found is None
    else:
        assert list(found.base) == list(found.checkpoint) == list(range(min(base, checkpoint)))
        assert len(found.missing) + len(found.new) == abs(base - checkpoint)


def test_rows_that_follow_one_another_are_a_range():
    """Ranges are read without copying the embedding."""
    tokens = {f"t{number}": number for number in range(100)}
    found = vocabulary_rows((tokens, tokens | {"new": 100}), 128, 128)
    assert (found.base, found.checkpoint) == (range(100), range(100))
    assert (found.missing, found.new) == (range(100, 128), range(100, 128))


def test_vocabularies_are_read_from_the_tokenizers_files(tiny_base, tmp_path):
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(tiny_base / "tokenizer.json"))
    assert token_ids(ModelFiles.of(tiny_base)) == tokenizer.get_vocab()
    assert two_vocabularies(ModelFiles.of(tiny_base), ModelFiles.of(tiny_base)) is None
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|x|>"]})
    tokenizer.save_pretrained(tmp_path / "more")
    ids, more = two_vocabularies(ModelFiles.of(tiny_base), ModelFiles.of(tmp_path / "more"))
    assert set(more) - set(ids) == {"<|x|>"}
    assert token_ids(ModelFiles.of(tmp_path)) is None
    (tmp_path / "more" / "tokenizer.json").write_text("{")
    assert two_vocabularies(ModelFiles.of(tiny_base), ModelFiles.of(tmp_path / "more")) is None


def test_pieces_with_scores_and_slow_tokenizers_are_read(tiny_base, tmp_path):
    shutil.copy(tiny_base / "config.json", tmp_path)
    unigram = {"model": {"vocab": [["<s>", 0.0], ["a", -1.5]]}, "added_tokens": [{"id": 2, "content": "<x>"}]}
    (tmp_path / "tokenizer.json").write_text(json.dumps(unigram))
    assert token_ids(ModelFiles.of(tmp_path)) == {"<s>": 0, "a": 1, "<x>": 2}
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "vocab.json").write_text('{"a": 0}')
    (tmp_path / "added_tokens.json").write_text('{"<x>": 1}')
    assert token_ids(ModelFiles.of(tmp_path)) == {"a": 0, "<x>": 1}
