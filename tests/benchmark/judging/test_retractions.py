"""Answers that are taken back."""

import pytest

from skillprobe_core.benchmark.judging.retractions import kept, last_retraction

BACK = (
    "{old}? No, {new}",
    "{old}. Wait, that is wrong. It is {new}.",
    "{old}. Actually it is {new}.",
    "{old} (no, {new})",
    "not {old} but {new}",
    "{old}. Hmm, no: it is {new}.",
    "{old}, or rather {new}",
    "{old}. Correction: {new}",
    "{old}. Sorry, I made a mistake, the answer is {new}.",
    "{old}. Hold on, I forgot one, so the total is {new}.",
    "{old}. Scratch that, {new}.",
    "{old}. No, that's not right. It should be {new}.",
    "{old}... wait, it's {new}",
    "{old}. On second thought {new}",
    "{old}? Let me check... {new}",
)
STANDS = (
    "{old}",
    "{old}. Wait, let me check: yes, it fits.",
    "{old}. No other value fits.",
    "{old}. Line 2 is wrong, it should be 68.",
    "{old}, since the last claim is incorrect",
    "{old}. Actually, this is easy.",
    "{old}. Nobody else is left.",
    "{old}\n\nWait, let me double-check. That is correct.",
    "{old}, not 4",
    "Line {old} - it should be 68",
    "{old}? Let me check. That is correct.",
)


@pytest.mark.parametrize("form", BACK)
@pytest.mark.parametrize(("old", "new"), [("12", "13"), ("B", "D"), ("Oslo", "Bergen"), ("1, 2", "2, 3")])
def test_what_is_taken_back_is_not_kept(form: str, old: str, new: str) -> None:
    rest = kept(form.format(old=old, new=new))
    assert new in rest
    assert old not in rest


@pytest.mark.parametrize("form", STANDS)
@pytest.mark.parametrize("old", ["12", "B", "Oslo"])
def test_other_remarks_take_nothing_back(form: str, old: str) -> None:
    text = form.format(old=old)
    assert last_retraction(text) == -1
    assert kept(text) == text


def test_nothing_comes_before_the_first_word() -> None:
    assert kept("No, it is false.") == "No, it is false."
    assert kept("No") == "No"


@pytest.mark.parametrize("repeated", ["no, ", "wait ", "wait, ", "not ", "hmm ", "no wait no ", ". No. ", "actually "])
def test_hostile_texts(repeated: str) -> None:
    assert isinstance(kept(repeated * 3000), str)
