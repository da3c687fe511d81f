"""What a thinking model writes to itself stands apart from its answer, with its number of tokens."""

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.completion_text import completion_text
from skillprobe_core.models.reasoning import reasoning_is_open, split_reasoning

SETTINGS = SamplingSettings()
OTHER = SamplingSettings(reasoning=("[THINK]", "[/THINK]"))


@pytest.fixture(scope="module", params=["text", "token", "special token"])
def thinker(request, tokenizer):
    """A tokenizer whose markers are plain text, one token each, or one special token each."""
    import copy

    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=copy.deepcopy(tokenizer.backend_tokenizer),
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
    )
    if request.param == "token":
        made.add_tokens(["<think>", "</think>"])
    if request.param == "special token":
        made.add_special_tokens({"extra_special_tokens": ["<think>", "</think>"]})
    return made


def split(tokenizer, text, settings=SETTINGS, opened=False):
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    written, _ = completion_text(tokenizer, ids, settings)
    return split_reasoning(tokenizer, ids, written, settings, opened=opened), ids


@pytest.mark.parametrize(
    ("text", "opened", "reasoning", "answer"),
    [
        ("<think>2 + 2</think>\nAnswer: 4", False, "<think>2 + 2</think>", "\nAnswer: 4"),
        ("\n<think>a</think>b</think>c", False, "\n<think>a</think>b</think>", "c"),
        ("<think>a</think>b\n<think>c", False, "<think>a</think>b\n<think>c", ""),
        ("2 + 2</think>Answer: 4", True, "2 + 2</think>", "Answer: 4"),
        ("2 + 2</think>Answer: 4", False, "2 + 2</think>", "Answer: 4"),
        ("<think>never done", False, "<think>never done", ""),
        ("never done", True, "never done", ""),
        ("Answer: 4", False, None, "Answer: 4"),
        ("Write <think>x</think> around it", False, None, "Write <think>x</think> around it"),
        ("", False, None, ""),
        ("", True, "", ""),
    ],
)
def test_the_answer_starts_after_the_closing_marker(thinker, text, opened, reasoning, answer):
    parts, ids = split(thinker, text, opened=opened)
    assert (parts.reasoning, parts.answer) == (reasoning, answer)
    if reasoning is None:
        assert parts.reasoning_tokens == 0
    elif answer:
        before = thinker(reasoning, add_special_tokens=False)["input_ids"]
        assert parts.reasoning_tokens == len(before)
    else:
        assert parts.reasoning_tokens == len(ids)


@given(st.text(alphabet="ab <>/think\n", max_size=30), st.text(alphabet="ab <>/think\n", max_size=30), st.booleans())
def test_both_parts_together_are_the_whole_text(tokenizer, before, after, opened):
    text = f"{before}</think>{after}"
    parts, ids = split(tokenizer, text, opened=opened)
    assert (parts.reasoning or "") + parts.answer == text
    assert 0 <= parts.reasoning_tokens <= len(ids)


def test_other_markers_and_none_by_setting(tokenizer):
    text = "[THINK]so[/THINK]4"
    assert split(tokenizer, text)[0].reasoning is None
    assert split(tokenizer, text, OTHER)[0].answer == "4"
    assert split(tokenizer, "<think>a</think>b", SamplingSettings(reasoning=()), True)[0].answer == "<think>a</think>b"


def test_a_prompt_that_ends_with_the_opening_marker_is_open(thinker):
    def ids(text):
        return thinker(text, add_special_tokens=False)["input_ids"]

    assert reasoning_is_open(thinker, ids("Why?\n<think>\n"), SETTINGS)
    assert not reasoning_is_open(thinker, ids("Why?\n<think>\n\n</think>\n\n"), SETTINGS)
    assert reasoning_is_open(thinker, ids("Why?\n<think>\nOkay,"), SETTINGS)
    assert not reasoning_is_open(thinker, ids("Why?\n"), SETTINGS)
