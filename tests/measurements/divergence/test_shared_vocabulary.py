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


@pytest.mark.parametrize("outputs", [0, 100, 128])
def test_fewer_than_half_of_the_tokens_are_refused_with_their_number(tokenizer, outputs) -> None:
    with pytest.raises(CheckpointError, match=rf"has {outputs} of the base's 257 tokens .*at least 50%") as refused:
        shared_vocabulary(Vocabulary(tokenizer, 320, 320), Vocabulary(tokenizer, outputs, outputs))
    assert repr(tokenizer.convert_ids_to_tokens(outputs)) in refused.value.cause


@pytest.mark.parametrize("outputs", [129, 200, 256, 300])
def test_an_embedding_that_was_resized_is_compared_over_its_rows(tokenizer, outputs) -> None:
    found = shared_vocabulary(Vocabulary(tokenizer, 320, 320), Vocabulary(tokenizer, outputs, outputs))
    assert found.base == found.checkpoint == range(min(outputs, 257))


def test_the_rows_of_a_stored_model_are_those_of_its_embedding(tiny_base) -> None:
    assert vocabulary_of(tiny_base, load_tokenizer(tiny_base)).inputs == 300
