"""Sentences about the topic of the question that name one thing: `Web servers use port 80`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.worded_numbers import value_of_words

from . import english
from .contexts import sentences
from .folding import name_form, occurrences, plain_text, squeezed

# Numbers and words with a capital letter.
_PROPER = re.compile(r"\b(?:[A-Z]\w*|\d\w*)")
# A bold or quoted part of a sentence.
_EMPHASISED = re.compile(
    r"\*\*([^*\n]{1,60})\*\*|(?<!\w)[\"\u201c\u201e]([^\"\u201c\u201d\n]{1,60})[\"\u201c\u201d]|\u00ab\s?([^\u00bb\n]{1,60}?)\s?\u00bb"
)
# Words of other European languages, and English ones that these do not share.
_FOREIGN = english.words(
    "der die das des dem den ist als ein eine und von im zum heisst el la los las del es un una y le les du des est qui"
    " que c'est il lo di della e in de"
)
_ENGLISH = english.words("the is of and it that was this to are with for by i")
_FOREIGN_DENIALS = english.words("nicht kein keine sondern oder pas ne non no nunca jamais ni ou o nie")
_FOREIGN_LINKS = english.words("ist est es c'est als heisst e sont son sind era war")
_GERMAN = english.words("der die das dem den ist als ein eine im zum heisst")
_COMPARES = english.words(
    "confuse confused confuses like similar besides might could may maybe perhaps or thought think if than influenced"
    " unlike friend brother sister son daughter pupil student rival wife husband"
)
MAX_LINE = 400
_WEIGHS = (
    english.DENIALS
    | english.CONTRASTS
    | english.ALTERNATIVES
    | english.CONDITIONS
    | frozenset(
        {
            "because",
            "since",
            "was",
            "were",
            "might",
            "could",
            "would",
            "may",
            "used",
            "which",
            "until",
            "just",
            "only",
            "also",
            "so",
        }
    )
)


def topical_name(key: AnswerKey, line: str) -> str | None:
    """The one number or proper name of a sentence about the topic, if it is the key.

    Nothing else of that kind stands in the sentence but what the question names, and no word denies or weighs it.
    """
    question = question_of(key.question)
    words = english.tokens(line)
    if not _content(words) & _content(question.posed) or _WEIGHS & set(words) or english.HEDGE.search(line):
        return None
    if "n't" in line or len(sentences(line)) > 1:
        return None
    return next((text for text in key.texts if _is_only_name(text, line, question)), None)


def name_that_stands_out(key: AnswerKey, line: str, question: Question) -> str | None:
    """The key in a sentence about the topic in any language, if it alone is bold or quoted, or if a verb leads to it.

    Args:
        key: The answer key.
        line: The line as it is written.
        question: The question of the key.

    Returns:
        The right text that stands out; None if none does.
    """
    plain = plain_text(line).strip()
    if "\n" in line.strip() or len(sentences(plain)) > 1 or len(line) > MAX_LINE:
        return None
    spans = [plain_text(next(filter(None, span.groups()))).strip(" .,;") for span in _EMPHASISED.finditer(line)]
    spans = [span for span in spans if span.casefold() not in question.folded]
    words = set(english.tokens(plain))
    about = bool(_content(words) & _content(question.posed))
    foreign = len(words & _FOREIGN) > 1 and not words & _ENGLISH and not words & _FOREIGN_DENIALS
    for text in key.texts:
        places = list(occurrences(name_form(text), plain, squeezed(plain)))
        if len(places) != 1 or text.casefold() in question.folded:
            continue
        left, right = plain[: places[0][0]], plain[places[0][1] :]
        if about and len(spans) == 1 and name_form(spans[0]) == name_form(text) and _stands(left, right, question):
            return text
        others = {word.lower() for word in _PROPER.findall(f"{left} {right}".strip()[1:])} - question.words
        foreign = foreign and (not others or bool(words & _GERMAN)) and sum(map(_linked, english.tokens(plain))) < 2
        led = english.tokens(left)[-1:]
        if foreign and text[:1].isupper() and (not right.strip("\"'.!`* ") or set(led) & _FOREIGN_LINKS):
            return text
    return None


def other_stands_out(key: AnswerKey, line: str, question: Question) -> bool:
    """True if the only bold words of a line are another name than the key: `A **function**, which may have a loop`.

    Args:
        key: The answer key.
        line: The line as it is written.
        question: The question of the key.

    Returns:
        True if something else than the key is bold.
    """
    spans = [plain_text(span[1]).strip(" .,;") for span in _EMPHASISED.finditer(line) if span[1]]
    if len(spans) != 1 or "\n" in line.strip() or spans[0].endswith(":"):
        return False
    span = spans[0].casefold()
    words = set(english.tokens(span)) - english.FUNCTION_WORDS
    known = {word for text in key.texts for word in english.tokens(text)}
    return 0 < len(words) < 3 and not any(word in question.folded for word in words) and not words & known


def _linked(word: str) -> bool:
    return word in _FOREIGN_LINKS - {"als", "e"}


def _stands(left: str, right: str, question: Question) -> bool:
    """True if no word before a name denies or compares it, and none behind it names something in its place."""
    first = left.split(maxsplit=1)[0] if left.split() else ""
    subject = first.strip("\"'*`,").lower()
    known = {subject, subject.removesuffix("s")} & (english.FUNCTION_WORDS | _GERMAN | _FOREIGN | question.words)
    if first[:1].isupper() and not known:
        return False
    before, after = set(english.tokens(left)), set(english.tokens(right))
    return not (
        before & (english.DENIALS | english.CONDITIONS | _COMPARES | _FOREIGN_DENIALS | {"because", "since"})
        or "n't" in left
        or english.HEDGE.search(left)
        or english.TO_BE_WRONG.match(right.lstrip("\"'`*) "))
        or after
        & (
            english.ALTERNATIVES
            | {"but", "however", "instead", "until", "wrong", "incorrect", "false", "now", "before", "only", "people"}
        )
    )


def _content(words: Iterable[str]) -> set[str]:
    return {word.removesuffix("s") for word in words if word not in english.FUNCTION_WORDS}


def _is_only_name(text: str, line: str, question: Question) -> bool:
    """True if a line has the text once, and no other number or name than those of the question and its first word."""
    if not (text[:1].isupper() or text.isdecimal()) or text.casefold() in question.folded:
        return False
    places = list(occurrences(name_form(text), line, squeezed(line)))
    if len(places) != 1 or line[slice(*places[0])] != text:
        return False
    if text.isdecimal() and any(value_of_words(word) is not None for word in english.tokens(line)):
        return False
    start, end = places[0]
    first, _, rest = f"{line[:start]} {line[end:]}".strip().partition(" ")
    others = _PROPER.findall(rest if first[:1].isalpha() and start else f"{first} {rest}")
    return all(each.lower() in question.words for each in others)
