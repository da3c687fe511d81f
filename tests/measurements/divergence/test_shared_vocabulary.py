"""Tokens that two models have in common, by their strings."""

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.shared_vocabulary import Vocabulary, shared_vocabulary, vocabulary_of
from skillprobe_core.models.tokenizer_loading import load_tokenizer


def test_padding_belongs_to_no_token(tokenizer) -> None:
    found = shared_vocabulary(Vocabulary(tokenizer, 320, 320), Vocabulary(tokenizer, 384, 384))
    assert found.base == found.checkpoint == range(len(tokenizer))
    assert (found.missing, found.new) == (range(257, 320), range(257, 384))


def test_added_tokens_are_matched_in_any_order(byte_tokenizer) -> None:
    base, checkpoint = byte_tokenizer(["<a>", "<b>"]), byte_tokenizer(["<b>", "<c>", "<a>"])
    found = shared_vocabulary(Vocabulary(base, 264, 264), Vocabulary(checkpoint, 264, 264))
    assert list(found.base) == list(range(259))
    assert list(found.checkpoint) == [*range(257), 259, 257]
    assert (list(found.missing), list(found.new)) == (list(range(259, 264)), [258, 260, 261, 262, 263])


def test_tokens_without_a_row_are_not_shared(tokenizer) -> None:
    found = shared_vocabulary(Vocabulary(tokenizer, 200, 200), Vocabulary(tokenizer, 320, 320))
    assert found.checkpoint == range(200)


def test_no_common_token_is_refused(tokenizer) -> None:
    with pytest.raises(CheckpointError, match="no token in common"):
        shared_vocabulary(Vocabulary(tokenizer, 320, 0), Vocabulary(tokenizer, 320, 320))


def test_the_rows_of_a_stored_model_are_those_of_its_embedding(tiny_base) -> None:
    assert vocabulary_of(tiny_base, load_tokenizer(tiny_base)).inputs == 300
