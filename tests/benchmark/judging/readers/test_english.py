"""Word lists and patterns."""

import pytest

from skillprobe_core.benchmark.judging.readers import english


def test_words_keep_their_hyphens_and_apostrophes():
    assert english.tokens("It's the well-known X, (yes).") == [
        "it's", "the", "well-known", "x", ",", "(", "yes", ")", ".",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Actually, B", " No, it is C", ". Wait", "Sorry, 4", "That is wrong", "But wait"])
def test_corrections(text):
    assert english.CORRECTION.match(text)


@pytest.mark.parametrize("text", [" No doubt", "Nobody", "Notice that", "This is right", ""])
def test_other_sentences_are_not_corrections(text):
    assert not english.CORRECTION.match(text)


def test_alternatives_and_denials_are_never_soft_words():
    assert not english.ALTERNATIVES & (english.FILLERS | english.CATEGORIES | english.ARTICLES)
    assert not english.DENIALS & (english.FILLERS | english.CATEGORIES | english.LINKS)


def test_a_sum_is_not_an_upper_limit():
    assert english.HEDGE.search("up to ")
    assert not english.HEDGE.search("they add up to ")


def test_those_that_fail_are_wrong():
    assert english.TO_BE_WRONG.match("are the only ones that fail")
    assert not english.TO_BE_WRONG.match("are the only ones that fit")
