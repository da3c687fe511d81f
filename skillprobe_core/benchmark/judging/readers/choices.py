"""Reading of choices: an option's letter, its words, or both.

A statement names an option if it begins with its letter, states it (`the answer is clearly B`, `B is correct`), or
asserts the option's words. Several options that are not ruled out, a copied list of options, and a letter next to the
words of another option name none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question, question_of
from skillprobe_core.benchmark.judging.statements import DIRECT, Statement

from . import english, names
from .choice_assertions import corrects, is_corrected, is_hedged, is_stated, ruled_out, stands_out
from .choice_mentions import ARROW, Mention, copies_options, groups_of, is_chain, mentions_in
from .contexts import sentences
from .folding import name_form, plain_text
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_ALONE = re.compile(r"(?:(?:the|option|choice|answer|letter|is)\s+|\W)*([A-Za-z])[^\w+#]*")
# An arrow with what is read on it: `R --a-->`, `R -(a)->`.
_CHAINED = re.compile(r"\s*-{1,2}\s?\(?[\w,]{0,8}\)?\s?-{0,2}>")
_OPENING = re.compile(
    r"(?:(?:the|my|our|final|correct|right|best|option|choice|answer|letter|state|so|thus|therefore|hence|is|it|it's|that's|"
    r"clearly|surely|definitely|certainly|probably|obviously|i|choose|pick|say|select|would|go|with|think)\b|[^\w\s]|\s)*$",
    re.IGNORECASE,
)
_OPENS_ASIDE = english.OPENERS | english.VERBS | english.REASONS | english.CONTRASTS | english.FILLERS
# `..., so I think it's` before another letter.
_CONCLUDES = re.compile(
    r"\b(?:so|hence|thus|therefore)\s(?:(?:(?:I\s(?:think|believe|would\ssay|say)\s)?(?:it's|it\sis|it\smust\sbe|the\sanswer\sis)"
    r"|I\s(?:pick|choose|go\swith))\s)?\(?(?:option\s)?$",
    re.IGNORECASE,
)
_SENTENCE_BREAK = re.compile(r"[.!?]\s+[A-Z]|\n")
_NEXT_CLAUSE = re.compile(r";|\band\s(?=the\b)")
_YES_OR_NO = re.compile(r"(yes|no)\b(?=\s?[,.;:!-]|\s(?:because|since|as)\b|$)", re.IGNORECASE)
_NO_OPTION = re.compile(
    r"(?:it is |it's |the answer is )?(?:none|neither)\s+of\b|no (?:option|choice)\b", re.IGNORECASE
)


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Decide which option a statement names, and compare it with the key's."""
    if not _is_letter(key.answer):
        return names.read(statement, key)
    if statement.rule == DIRECT:
        return NOTHING
    text = plain_text(statement.text[: 2 * MAX_ANSWER_CHARACTERS]).strip(" \t\r\n*`")
    line = next(iter(text.splitlines()), "")
    neither = Reading(False, line[:MAX_ANSWER_CHARACTERS], False) if statement.stated and text else NOTHING
    if not text or len(line) > MAX_ANSWER_CHARACTERS:
        return neither
    text = text[:MAX_ANSWER_CHARACTERS] if statement.stated else text[-MAX_ANSWER_CHARACTERS:]
    question = question_of(key.question)
    texts = _texts(key, question)
    offered = any(_NO_OPTION.match(words) for each in texts.values() for words in each)
    if _NO_OPTION.match(text) and not offered:
        return neither
    letter = _yes_or_no(text, texts) or _lettered(text, texts, question, stated=statement.stated)
    if letter:
        clash = _contradicted(text, letter, texts, question)
        return Reading(False, line, False) if clash else Reading(letter == key.answer.upper(), letter, True)
    named = _by_words(text, texts, question) if statement.rule != "text" and letter is None else None
    if named and any(ruled_out(text, [each]) for each in mentions_in(text, texts, question) if each.letter == named):
        named = None
    return Reading(named == key.answer.upper(), line[:MAX_ANSWER_CHARACTERS], True) if named else neither


def _is_letter(answer: str) -> bool:
    return len(answer) == 1 and answer.isascii() and answer.isalpha()


def _texts(key: AnswerKey, question: Question) -> Mapping[str, tuple[str, ...]]:
    """The words of each option by its letter: those of the question, and what the key accepts."""
    right = key.answer.upper()
    found = {letter: (text,) for letter, text in question.options.items() if text}
    accepted = tuple(text for text in key.accepted if not _is_letter(text))
    if accepted:
        found[right] = (*found.get(right, ()), *accepted)
    return found


def _yes_or_no(text: str, texts: Mapping[str, tuple[str, ...]]) -> str | None:
    """The letter of the option yes or no with which a text begins, if these are the options: `No, 91 is 7 * 13.`"""
    letters = {words[0].strip(" .").lower(): letter for letter, words in texts.items() if words}
    begins = _YES_OR_NO.match(text)
    if begins is None or set(letters) != {"yes", "no"}:
        return None
    other = {"yes": "no", "no": "yes"}[begins[1].lower()]
    return None if re.search(rf"\b{other}\b(?!\s\w)", text, re.IGNORECASE) else letters[begins[1].lower()]


def _lettered(text: str, texts: Mapping[str, tuple[str, ...]], question: Question, *, stated: bool) -> str | None:
    """The letter that a text states; empty if it names several options or copies them, None if it names none."""
    whole = _ALONE.fullmatch(text) if len(text) < 60 else None
    if whole:
        return whole[1].upper()
    mentions = mentions_in(text, texts, question)
    if ARROW.search(text) and not question.options and is_chain(text, mentions):
        return mentions[-1].letter
    groups = [group for group in groups_of(text, mentions) if not ruled_out(text, group)]
    groups = [group for group in groups if not is_chain(text, group)] or groups
    if copies_options(text, mentions, texts):
        return ""
    if (
        groups
        and not _CHAINED.match(text, groups[0][-1].end)
        and _OPENING.match(text[: groups[0][0].start])
        and "\n" not in text[: groups[0][0].start]
    ):
        leading = _leading(text, groups[0], groups[1:], texts)
        if leading is not None:
            return leading
    return _stated_last(text, groups, question, stated=stated) if groups else None


def _stated_last(text: str, groups: list[list[Mention]], question: Question, *, stated: bool) -> str | None:
    """The letter that the text states somewhere, or the only one that it does not rule out."""
    stating = [group for group in groups if is_stated(text, group)]
    if asked := _of_asked_clause(text, stating or groups, question):
        return asked
    if stating:
        last = stating[-1]
        following = [group for group in groups if group[0].start > last[-1].end]
        if following and following[0][0].letter != last[-1].letter:
            between = text[last[-1].end : following[0][0].start]
            if re.search(r"\bor\s+(?:option\s+|choice\s+)?[(\[]?$", between) and is_hedged(between):
                return ""
        letters = {each.letter for group in stating for each in group}
        one = len(letters) == 1 or not stated or corrects(text, last[0].start)
        return last[-1].letter if one and len({each.letter for each in last}) == 1 else ""
    letters = {each.letter for group in groups for each in group}
    if len(letters) > 1:
        return "" if stated else None
    short = len(text.split(maxsplit=16)) <= 16
    return groups[0][0].letter if short and (stated or stands_out(text, groups[0][0])) else None


def _of_asked_clause(text: str, groups: list[list[Mention]], question: Question) -> str | None:
    """The letter of the one clause of a sentence that has the question's own words: `Third: B; fourth: C`."""
    if len(groups) < 2 or any(len(group) > 1 for group in groups) or not question.options:
        return None
    if _SENTENCE_BREAK.search(text, groups[0][0].end, groups[-1][0].start) or is_corrected(text):
        return None
    ends = [0, *(group[0].end for group in groups)]
    clauses = [_NEXT_CLAUSE.split(text[begin : group[0].start])[-1] for begin, group in zip(ends, groups, strict=False)]
    asked = {word for word in question.posed if word not in english.FUNCTION_WORDS}
    scores = [len(asked & set(english.tokens(clause))) for clause in clauses]
    best = max(scores)
    return groups[scores.index(best)][0].letter if scores.count(best) == 1 and min(scores) < best else None


def _leading(
    text: str, group: list[Mention], others: list[list[Mention]], texts: Mapping[str, tuple[str, ...]]
) -> str | None:
    """The letter of a text that begins with it; empty if it begins with several, None if it goes on as a sentence."""
    if len({mention.letter for mention in group}) > 1:
        return ""
    letter = group[0].letter
    after = text[group[-1].end :]
    rest = after.lstrip(")]}\"'*`").strip()
    between = [text[group[-1].end : other[0].start] for other in others if other[0].letter != letter]
    if any(_CONCLUDES.search(each) or is_corrected(each) for each in between):
        return None
    if others and rest and is_hedged(text[group[-1].end : others[0][0].start]):
        return ""
    if not rest or not rest[0].isalnum() or not rest[0].isascii():
        return letter
    word = english.tokens(rest)[0]
    if word in english.VERBS and any(is_stated(text, other) for other in others):
        return None
    marked = after[:1] in {")", ".", ":", "]"}
    own = any(name_form(rest[:200]).startswith(name_form(each)) for each in texts.get(letter, ()))
    goes_on = word in _OPENS_ASIDE or marked or own or (rest[0].isupper() and letter != "A")
    return letter if goes_on else None


def _by_words(text: str, texts: Mapping[str, tuple[str, ...]], question: Question) -> str | None:
    """The letter of the one option whose words a text asserts."""
    found = [letter for letter, words in texts.items() if names.find(words, text, question)]
    return found[0] if len(found) == 1 else None


def _contradicted(text: str, letter: str, texts: Mapping[str, tuple[str, ...]], question: Question) -> bool:
    """True if a text asserts the words of another option and not those of the one whose letter it names."""
    if not texts:
        return False
    parts = [text[begin:end] for begin, end in sentences(text)]
    naming = [each for each in parts if re.search(rf"(?<![A-Za-z0-9]){letter}(?![A-Za-z0-9])", each)]
    text = " ".join(naming) or text
    bare = re.sub(rf"[(\[]?(?<![A-Za-z0-9]){letter}(?![A-Za-z0-9'+#-])[)\].:]*", " ", text, count=4)
    bare = re.sub(r"^[\s,;:=-]+|\(\s*\)", " ", bare).strip()
    bare = re.split(r"\b(?:because|since|as|while|whereas|but|not|rather|unlike)\b|;", bare, maxsplit=1)[0].strip(
        " ,;()"
    )
    if not bare or len(bare) < 2:
        return False
    if any(names.find((word,), bare, question) for word in texts.get(letter, ())):
        return False
    named = re.search(rf"([^.!?\n]{{3,200}}),?\s(?:which|that)\sis\s(?:option\s|choice\s)?\(?{letter}\b", text)
    if named and any(_opens_with(named[1], word) for word in texts.get(letter, ())):
        return False
    others = [words for other, words in texts.items() if other != letter and not _same(words, texts, letter)]
    if len(others) > 1 and all(_holds(bare, words) for words in others):
        return False  # remarks on all other options
    return any(names.find(words, bare, question) for words in others)


def _holds(text: str, words: tuple[str, ...]) -> bool:
    """True if a text holds the words of an option."""
    return any(plain_text(word).casefold() in text.casefold() for word in words)


def _opens_with(sentence: str, name: str) -> bool:
    """True if a name is the first one of a sentence: `So kappa follows iota`."""
    words = [word for word in english.tokens(sentence) if word not in english.FUNCTION_WORDS and word[0].isalnum()]
    own = english.tokens(plain_text(name))
    return bool(own) and words[: len(own)] == own


def _same(words: tuple[str, ...], texts: Mapping[str, tuple[str, ...]], letter: str) -> bool:
    """True if two options have the same words."""
    return bool({name_form(word) for word in words} & {name_form(word) for word in texts.get(letter, ())})
