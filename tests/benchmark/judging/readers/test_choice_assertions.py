"""Words around a letter."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.choice_assertions import is_corrected, is_hedged, is_stated, ruled_out
from skillprobe_core.benchmark.judging.readers.choice_mentions import groups_of, mentions_in

QUESTION = question_of("Which state is last? A) p, B) q, C) r")


@pytest.mark.parametrize(
    ("text", "stated", "out"),
    [
        ("The answer is B.", True, False),
        ("B is correct.", True, False),
        ("It's back in B at the end.", True, False),
        ("It goes from B on.", False, False),
        ("It isn't B.", False, True),
        ("B fails.", False, True),
        ("B) q is tempting, but we can rule it out.", False, True),
    ],
)
def test_letters_are_stated_or_ruled_out_by_the_words_around_them(text, stated, out):
    (group,) = groups_of(text, mentions_in(text, {}, QUESTION))
    assert (is_stated(text, group), ruled_out(text, group)) == (stated, out)


def test_words_between_two_letters_hedge_or_correct():
    assert is_hedged(" or maybe ")
    assert not is_hedged(" because it is not ")
    assert is_corrected(". Wait, it is ")
    assert not is_corrected(", which follows ")
