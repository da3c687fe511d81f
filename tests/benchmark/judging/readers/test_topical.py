"""Sentences about the topic that name one number or proper name."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.topical import name_that_stands_out, other_stands_out, topical_name

PORT = AnswerKey(AnswerType.TEXT, "80", (), None, "State the default port of HTTP.")
TONGUE = AnswerKey(AnswerType.TEXT, "Persian", (), None, "Which language is official in Iran?")
TERM = AnswerKey(AnswerType.TEXT, "field", (), None, "What is a commutative ring with inverses?")


@pytest.mark.parametrize(
    ("key", "line"),
    [(PORT, "Web servers listen on port 80 for HTTP."), (TONGUE, "Iranians speak Persian as their official language.")],
)
def test_the_only_name_of_a_sentence_about_the_topic_is_its_answer(key, line):
    assert topical_name(key, line) == key.answer


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (PORT, "HTTP does not use port 80."),
        (PORT, "HTTP uses port 8080 and 80."),
        (PORT, "The port is one below 80."),
        (PORT, "Mail servers have 80 users."),
        (TONGUE, "Iranians speak Arabic as their official language, but Persian at home."),
        (TONGUE, "The official language was Persian."),
        (TONGUE, "Arabic and Persian are official."),
        (TERM, "A commutative ring generalises a field."),
    ],
)
def test_denials_other_names_and_common_nouns_are_not(key, line):
    assert topical_name(key, line) is None


@pytest.mark.parametrize(
    "line",
    [
        "In Iran most official papers are in **Persian** nowadays.",
        'Im Iran spricht man eine alte Sprache, auf Englisch "Persian".',
        "La langue officielle de l'Iran est Persian.",
    ],
)
def test_the_only_name_that_stands_out_is_the_answer_in_any_language(line):
    assert name_that_stands_out(TONGUE, line, question_of(TONGUE.question)) == "Persian"


@pytest.mark.parametrize(
    "line",
    [
        "In Iran people confuse it with **Persian**.",
        "The official language of Iran is **Arabic** or **Persian**.",
        "The official language of Iran was **Persian** before the reform.",
        "Die Sprache ist nicht Persian.",
        "Die Sprache ist Arabisch, und die andere ist Persian.",
    ],
)
def test_a_name_that_is_compared_denied_or_replaced_does_not_stand_out(line):
    assert name_that_stands_out(TONGUE, line, question_of(TONGUE.question)) is None


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("A **ring**, which may be a field.", False),
        ("A **monoid**, which may be a field.", True),
        ("A **field**.", False),
    ],
)
def test_another_bold_name_stands_out(line, other):
    assert other_stands_out(TERM, line, question_of(TERM.question)) is other
