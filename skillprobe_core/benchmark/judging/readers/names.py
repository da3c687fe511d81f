"""Reading of texts: names, terms and short phrases.

A statement is right if it asserts one of the right texts: alone, with an aside, in a sentence (`The capital of Norway
is Oslo, which ...`), or next to a word of the question (`port 80`). It is not if the text is denied, hedged with
another one (`Oslo or Bergen`), or part of a longer name (`New York` for York).
"""

from __future__ import annotations

import re
from functools import lru_cache

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.statements import DIRECT, Statement
from skillprobe_core.benchmark.judging.worded_numbers import spelled, value_of_words

from . import english
from .assertions import asserted, settles
from .contexts import Context, accepts_any, sentences
from .direct import direct_answer
from .folding import name_form, plain_text
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading
from .topical import name_that_stands_out, other_stands_out, topical_name

MAX_LAST_WORDS = 60
_INTEGER = re.compile(r"-?\d{1,6}")
_STATES = re.compile(r"(?:\b(?:is|are|was|were|equals|means)|:)\s+(?:(?:called|named|known as)\s+)?", re.IGNORECASE)
# The last clause of a chain of reasoning: `b leads to S and a to P, so P`.
_SO = re.compile(r"^.*[,;:]\s(?:and\s)?(?:so|hence|thus|therefore)\s([^,;]{1,60})$", re.IGNORECASE)
# Words about the question itself: `the letter you're looking for is nu`.
_SOUGHT = re.compile(
    r"\s(?:that\s)?(?:you|we)(?:'re|\sare)?\s(?:looking\sfor|want|need|asked\s(?:for|about))\b", re.IGNORECASE
)
_EDGES = " \t\r\n*`"


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Decide if a statement asserts one of the key's texts."""
    if statement.rule in {"text", DIRECT}:
        return _read_directly(statement, key) if statement.rule == DIRECT else NOTHING
    text = plain_text(statement.text[: 2 * MAX_ANSWER_CHARACTERS]).strip(_EDGES)
    if not text or (not statement.stated and len(text.split(maxsplit=MAX_LAST_WORDS)) > MAX_LAST_WORDS):
        return NOTHING
    line = next(iter(text.splitlines()), "").strip(_EDGES)
    if len(line) > MAX_ANSWER_CHARACTERS:
        return Reading(False, line[:MAX_ANSWER_CHARACTERS], False)
    concluded = _SO.search(line) if not statement.stated and line == text else None
    found = find(key.texts, concluded[1], question_of(key.question)) if concluded else None
    if concluded and not found and _concludes(concluded[1], question_of(key.question)):
        return Reading(False, concluded[1].strip(_EDGES), True)
    found = found or find(key.texts, text, question_of(key.question))
    found = None if found and _is_other_symbol(found, key) else found
    found = None if found and other_stands_out(key, statement.text, question_of(key.question)) else found
    if not found and not statement.stated:
        found = topical_name(key, line) or name_that_stands_out(key, statement.text, question_of(key.question))
    if found:
        return Reading(True, found, True)
    given = _given(line, marked=statement.stated)
    return Reading(False, given, any(map(str.isalnum, given))) if given else NOTHING


def _is_other_symbol(found: str, key: AnswerKey) -> bool:
    """True for the formula `HF` where the symbol `Hf` is asked for."""
    found = found.strip(" .,!?*`()\"'")
    return "symbol" in key.question and found.isupper() and len(found) > 1 and found not in key.texts


def _concludes(clause: str, question: Question) -> bool:
    """True for a clause that answers the question, or is nothing but a name of one or two words."""
    clause = _SOUGHT.sub("", clause)
    words = set(english.tokens(clause.strip(" .!")))
    return settles(clause, question) or (len(words) < 3 and not words & (english.FUNCTION_WORDS | question.posed))


def _read_directly(statement: Statement, key: AnswerKey) -> Reading:
    text = plain_text(statement.text[: 2 * MAX_ANSWER_CHARACTERS]).strip(_EDGES)
    found = direct_answer(tuple(sorted(forms_of(key.texts))), text, context_of(key.texts, question_of(key.question)))
    return Reading(True, found, True) if found else NOTHING


def find(texts: tuple[str, ...], text: str, question: Question) -> str | None:
    """The one of several right texts, as written, that a plain text asserts; None if it asserts none."""
    forms = forms_of(texts)
    if name_form(text[:400]) in forms and len(text) < 400:
        return text
    return asserted(tuple(sorted(forms)), text[:MAX_ANSWER_CHARACTERS], context_of(texts, question))


@lru_cache(maxsize=4096)
def forms_of(texts: tuple[str, ...]) -> frozenset[str]:
    """The forms under which right texts are looked for: their own, and whole numbers in digits and in words."""
    found = set()
    for text in texts:
        found.add(name_form(text))
        number = text.strip()
        if _INTEGER.fullmatch(number):
            words = spelled(int(number)) or number
            found |= {name_form(form) for form in (words, words.replace("minus", "negative"))}
            found.add(name_form(re.sub(r"hundred (?=\w)", "hundred and ", words)))
        elif (value := value_of_words(number)) is not None:
            found.add(str(value))
        parts = text.split(", ")
        if len(parts) > 2:
            found.add(name_form(f"{' '.join(parts[:-1])} and {parts[-1]}"))
    return frozenset(found - {""})


@lru_cache(maxsize=4096)
def context_of(texts: tuple[str, ...], question: Question) -> Context:
    """The words that may stand around the right texts."""
    words = [english.tokens(plain_text(text)) for text in texts]
    known = {word for each in words for word in each if word[0].isalnum() and len(word) > 1}
    return Context(
        question=question,
        accepts=accepts_any(forms_of(texts)),
        nouns=question.nouns(texts) - english.FUNCTION_WORDS,
        known=frozenset(known - english.FUNCTION_WORDS),
        initials=frozenset(word[0] for each in words for word in each if word[0].isalpha()),
    )


def _given(line: str, *, marked: bool) -> str:
    """The part of a line that is shown as the answer if it is not right: its first sentence, or what that states."""
    spans = sentences(line) or [(0, len(line))]
    first, last = spans[0], spans[-1]
    if marked:
        return line[first[0] : first[1]].strip().strip(_EDGES).strip()[:MAX_ANSWER_CHARACTERS]
    stated = _STATES.split(line[last[0] : last[1]])[-1]
    return (stated.strip().strip(_EDGES).strip() or line)[:MAX_ANSWER_CHARACTERS]
