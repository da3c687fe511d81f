"""Text of completions: cut before the first stop text, without special tokens other than markers of reasoning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.completion_text import completion_text, decoded, finish_reason, stop_finder
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from tests.models.conftest import build_tokenizer

TOKENIZER = build_tokenizer()
DEMO = load_tokenizer(base_model_folder())
STOP = SamplingSettings(stop=("\n\n", "é!"))


def ids_of(text: str, tokenizer: PreTrainedTokenizerFast = TOKENIZER) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


@given(st.text(alphabet="aé!\n日", max_size=20))
def test_the_text_ends_before_the_first_stop_text(text: str) -> None:
    found, cut = completion_text(TOKENIZER, ids_of(text), STOP)
    places = [text.index(stop) for stop in STOP.stop if stop in text]
    assert cut == bool(places)
    assert found == (text[: min(places)] if places else text)


@given(st.text(alphabet="aé!\n日", max_size=20))
def test_a_row_stops_at_the_first_token_that_completes_a_stop_text(text: str) -> None:
    stopped, ids = stop_finder(TOKENIZER, STOP), ids_of(text)
    stops = [length for length in range(1, len(ids) + 1) if stopped(ids[:length])]
    complete = [length for length in range(1, len(ids) + 1) if completion_text(TOKENIZER, ids[:length], STOP)[1]]
    assert (stops[:1] or None) == (complete[:1] or None)


def test_without_stop_texts_nothing_stops() -> None:
    stopped = stop_finder(TOKENIZER, SamplingSettings())
    assert not stopped(ids_of("\n\n"))


def test_special_tokens_are_left_out_and_markers_of_reasoning_are_not() -> None:
    tokenizer = build_tokenizer()
    tokenizer.add_special_tokens({"extra_special_tokens": ["<think>", "</think>", "<tool>"]})
    ids = [256, *ids_of("<think>a</think><tool>b", tokenizer), 257]
    assert decoded(tokenizer, ids, SamplingSettings()) == "<think>a</think>b"
    assert decoded(tokenizer, ids, SamplingSettings(reasoning=())) == "ab"
    assert decoded(tokenizer, [256, *ids_of("b"), 257], SamplingSettings()) == "b"


@pytest.mark.parametrize(
    ("ended", "cut", "reason"),
    [(True, False, "stop"), (False, True, "stop_text"), (True, True, "stop_text"), (False, False, "length")],
)
def test_a_cut_counts_more_than_an_end_token(ended: bool, cut: bool, reason: str) -> None:
    assert finish_reason(ended, cut) == reason


@given(st.lists(st.integers(0, 255), max_size=30))
def test_a_row_of_any_bytes_stops_where_its_text_has_a_stop_text(ids: list[int]) -> None:
    """Bytes that are no character alone are decoded together with those around them."""
    check_stops(TOKENIZER, ids, SamplingSettings(stop=("é!", "ab", " ")))


@given(st.lists(st.sampled_from(["Work step", " by step. End", " with a line", "\n", "Question", ":", " 4", "é"])))
def test_tokens_of_several_characters_stop_where_their_text_has_a_stop_text(parts: list[str]) -> None:
    check_stops(DEMO, ids_of("".join(parts), DEMO), SamplingSettings())


def check_stops(tokenizer: PreTrainedTokenizerFast, ids: list[int], settings: SamplingSettings) -> None:
    stopped = stop_finder(tokenizer, settings)
    lengths = range(1, len(ids) + 1)
    stops = [length for length in lengths if stopped(ids[:length])]
    complete = [length for length in lengths if completion_text(tokenizer, ids[:length], settings)[1]]
    assert (stops[:1] or None) == (complete[:1] or None)
