"""The words before a name in its sentence: if they leave the name as the answer."""

from __future__ import annotations

import re

from . import english
from .contexts import Context, is_participle

_RELATIVES = frozenset({"who", "whom", "whose"})
_SUMS = frozenset({"add", "adds", "sum", "sums", "amount", "amounts"})
_BECOMES = frozenset({"becomes", "become", "became", "gives", "yields"})
# `Many people think it is X, but it is Y` states Y.
_BELIEVERS = frozenset({"people", "many", "most", "some"})
_BELIEVED = frozenset({"think", "believe", "assume", "say"})
_BE = frozenset({"is", "was", "are", "were"})
# `on the northern coast of`, where a preposition alone would lead as well.
_LEADING_SIGNS = re.compile(r"^[^\w\"'(\[{<*`$\\|#=:,;/+-]+")
_PLACE = re.compile(
    r"^(.*\b(?:in|on|at|along|near))\s(?:the\s)(?:[a-z-]{1,20}\s){0,2}(?:coast|part|north|south|east|west|cent(?:re|er)|heart|tip|edge"
    r"|region|side|shore|corner|middle|interior)\sof$"
)
_COMPLETE = frozenset({"is", "are", "was", "were", "equals", "has", "holds"})
_LOOKING_FOR = (["known", "as"], ["looking", "for"], ["thinking", "of"])
_OBJECTS = frozenset({"it", "this", "that", "them"})
_CALL = frozenset({"call", "calls", "called", "term", "terms", "termed"})
_REASONED = frozenset({"because", "since", "as"})
_OPENING = " \t\"'`*([{<"
_OPTION_MARK = re.compile(r"\(?[A-Za-z]\)(?:\s+(?:the|an?))?")
_DATE = re.compile(
    rf"^(?:(?:it|that|this)\s+(?:was|is|began|broke\s+out|took\s+place|[a-z]{{2,10}}ed)\s+)?(?:on\s+|in\s+|the\s+)*(?:(?:{'|'.join(sorted(english.MONTHS))})\.?"
    r"(?:\s+\d{1,2}(?:st|nd|rd|th)?)?|\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?"
    rf"(?:{'|'.join(sorted(english.MONTHS))})\.?),?\s*(?:in\s+)?$"
)


def leads(left: str, context: Context, name: str) -> bool:
    """True if the words before a name in its sentence leave the name as the answer: nothing, a link, a noun."""
    left = _LEADING_SIGNS.sub("", left)
    left = left.rstrip(_OPENING) if left.rstrip().endswith(('"', "'", "`", "*", "[", "{", "<")) else left.rstrip()
    dated = name.isdecimal() and _DATE.match(left.strip().lower())
    words, popped = _without_soft_words(english.tokens(left), context)
    if not words or dated or _OPTION_MARK.fullmatch(left.strip()):
        return True
    if _is_reason(words) or _is_asked_noun(left, words, context):
        return not _is_reason(words)
    repeated = popped in english.VERBS and popped.removesuffix("s") in context.question.posed  # `It orbits` Neptune
    if repeated or words[-1] in english.NAMING or words[-2:] in _LOOKING_FOR:
        return _subject_fits([*words, popped] if repeated else words, context)
    if not words[-1][0].isalnum():
        return _led_by_mark(words, context)
    return _led_by_word(words, context) or _led_by_noun(words, popped, context, name)


def _without_soft_words(words: list[str], context: Context) -> tuple[list[str], str]:
    """The words without soft ones at their end, and the first of those; initials of the name are soft also."""
    popped = ""
    while words and words[-1] not in english.NAMING and words[-2:] != ["known", "as"]:
        if words[-1] == "." and len(words) > 1 and words[-2] in context.initials:
            words = words[:-2]
        elif context.soft(words[-1]) or words[-1] in "\"'`*[{":
            popped, words = words[-1], words[:-1]
        else:
            break
    return words, popped


def _led_by_mark(words: list[str], context: Context) -> bool:
    """True if what ends with a mark introduces a name: `City:`, `x =`, `According to the table,`."""
    last, before = words[-1], words[:-1]
    if last in {":", "=", "\u2248", ">"}:
        label = next((word for word in reversed(before) if word != "-"), "")
        return label in context.question.posed or last == "\u2248" or not _lists_others(words, last)
    if last == "(":
        return context.accepts(" ".join(before)) or _names_a_part(before, context)
    return last in {",", ";", "-", "/", ".", "!", "?", ")", "|"} and _introduces(before, last, context)


def _led_by_word(words: list[str], context: Context) -> bool:
    """True if a verb, a preposition or `not ... but` leads to a name."""
    last = words[-1]
    if last in english.LINKS or last.endswith(("'s", "'re", "'m")) or is_participle(last):
        return _subject_fits(words, context)
    if last in {"es", "est", "ist"}:
        return words[-2:-1] not in (["no"], ["nicht"], ["non"]) and _subject_fits(words, context)
    if last in _OBJECTS:
        return words[-2:-1] != [] and words[-2] in _CALL and _subject_fits(words[:-1], context)
    if last == "but":
        believed = _BELIEVED & set(words) and _BELIEVERS & set(words)
        return bool(believed) or any(word in english.DENIALS for word in words)
    if last == "of" and len(words) > 1:
        return _led_by_of(words[:-1], context)
    return last in english.LEADING_PREPOSITIONS and _led_by_preposition(words, context)


def _led_by_of(words: list[str], context: Context) -> bool:
    """True for `the continent of`, `the largest moon is one of` and `on the coast of` before a name."""
    if place := _PLACE.search(f"{' '.join(words)} of"):
        return _led_by_preposition(place[1].split(), context)
    if words[-1] == "part" and words[-2:-1] and words[-2] in _BE:
        return _subject_fits(words[:-1], context)
    return (words[-1] in english.APPOSITIONS and _led_to_noun(words[:-1], context)) or _belongs(words, context)


def _belongs(words: list[str], context: Context) -> bool:
    """True for `Triton is the largest moon` of the name: what the question asks about is a thing of that kind."""
    link = next((place for place in range(len(words) - 2, max(len(words) - 6, 0), -1) if words[place] in _BE), 0)
    noun = words[-1] in context.question.posed and words[-1] not in english.FUNCTION_WORDS
    subject = {word for word in words[:link] if word not in english.FUNCTION_WORDS}
    return bool(link) and noun and bool(subject) and subject <= context.question.posed


def _led_to_noun(words: list[str], context: Context) -> bool:
    """True if the noun of `the continent of Africa` may stand for the name where it stands."""
    words, _ = _without_soft_words(words, context)
    return not words or (words[-1][0].isalnum() and words[-1] != "of" and _led_by_word(words, context))


def _led_by_noun(words: list[str], noun: str, context: Context, name: str) -> bool:
    """True for one word before a noun that numbers its kind: `TCP port 80`."""
    numbered = bool(noun) and context.noun(noun) and (name[-1:].isdigit() or len(name) == 1)
    return numbered and len(words) == 1 and words[0].isalnum() and words[0] not in english.FUNCTION_WORDS


def _clause(words: list[str]) -> list[str]:
    for place in range(len(words) - 1, -1, -1):
        if words[place] in {",", ";", ":", "-", "(", ")"}:
            return words[place + 1 :]
    return words


def _subject_fits(words: list[str], context: Context) -> bool:
    """True if what comes before a link may be the subject of the answer.

    Not a condition, not a second statement after a complete one, and not another person of the question.
    """
    clause = _clause(words)
    if _asked_again(words, context):
        return True
    if english.CONDITIONS & set(clause) or clause[:1] in (["before"], ["until"]) or {"or"} & set(clause[-2:]):
        return False
    before = words[: len(words) - len(clause)]
    complete = bool(_COMPLETE & set(before))
    adds = _is_relative(clause) or (complete and _is_subordinate(clause, context)) if before else False
    if adds and not all(map(context.soft, before[:-1])):
        return False
    if complete and clause and clause[0] in english.CONTRASTS:
        return False
    joined = [place for place, word in enumerate(clause) if word in {"and", "but", "while", "whereas"}]
    for place in joined:
        same = clause[place] == "and" and clause[place + 1 : place + 2] != [] and clause[place + 1] in _BE
        if {"is", "are", "was", "were", "has", "holds"} & set(clause[:place]) and not same:
            return False
    subject = {
        word.removesuffix("'s")
        for word in clause
        if len(word) > 1 and word not in english.FUNCTION_WORDS | english.RESULTS
    }
    proper = subject & context.question.words
    return not proper or bool(proper & context.question.posed)


def _is_asked_noun(left: str, words: list[str], context: Context) -> bool:
    """True for `... with the atomic number` before a name: at least two content words of the question end the text."""
    noun = english.tokens(left)[len(words) :]
    content = [word for word in noun if word[0].isalnum() and word not in english.FUNCTION_WORDS]
    return words[-1] in {"with", "has", "by"} and len(content) > 1 and set(content) <= context.question.posed


def _is_reason(words: list[str]) -> bool:
    """True if the words give the reason of a complete statement: `The sine is 1, because sin 0 =`."""
    clause = _clause(words)
    before = words[: len(words) - len(clause)]
    if clause[:1] == [] or clause[0] not in _REASONED or not _COMPLETE & set(before):
        return False
    return not any(word in english.DENIALS or word.endswith("n't") for word in before)


def _asked_again(words: list[str], context: Context) -> bool:
    """True if `and` leads to a new subject of words of the question alone: `Ares is Greek, and the Roman god is`."""
    joint = max((place for place, word in enumerate(words) if word == "and"), default=0)
    content = [word for word in words[joint + 1 :] if word[0].isalpha() and word not in english.FUNCTION_WORDS]
    return joint > 0 and len(content) > 1 and all(word in context.question.posed for word in content)


def _is_relative(clause: list[str]) -> bool:
    """True for a clause about the words before it: `who is`, `which becomes`."""
    return clause[0] in _RELATIVES or (clause[0] == "which" and clause[1:2] != [] and clause[1] in _BECOMES)


def _is_subordinate(clause: list[str], context: Context) -> bool:
    """True for a clause that adds another thing to a statement: `which replaced`, `having swapped`."""
    opens = clause[:1] in (["which"], ["who"], ["having"])
    return opens and clause[-1] not in english.LINKS | context.question.posed


def _led_by_preposition(words: list[str], context: Context) -> bool:
    """True if a verb or nothing but nouns of the question precede a preposition: `HTTP listens on`, `It lies in`."""
    if words and words[-1] == "from":
        return len(words) > 1 and words[-2] in english.LINKS and _subject_fits(words[:-1], context)
    while words and (
        context.soft(words[-1])
        or words[-1] in english.LEADING_PREPOSITIONS
        or is_participle(words[-1])
        or (words[-1] in context.question.posed and words[-1] not in english.LINKS | english.DENIALS)
    ):
        if words[-1] in _SUMS or words[-1] in english.LINKS:
            break
        words = words[:-1]
    if not words or words[-1] in english.LINKS or words[-1] in _SUMS:
        return not words or _subject_fits(words, context)
    subject = words[:-1] if words[-1].endswith("s") and words[-1].isalpha() else words
    if subject != words and subject[0] in english.PREPOSITIONS and "," in subject:
        subject = _clause(subject)  # `For integers, the operator performs`
    subject = [word for word in subject if word[0].isalnum()] or subject
    return all(context.soft(word) or word in english.PRONOUNS for word in subject) and (
        subject != words or words[-1] in english.PRONOUNS
    )


def _lists_others(words: list[str], mark: str) -> bool:
    """True if the sentence already gave another label its value: `Ann: red, Gus:`."""
    return mark in words[:-1] and bool({",", ";"} & set(words[words.index(mark) :]))


def _names_a_part(words: list[str], context: Context) -> bool:
    """True for a noun before brackets: `the answer (Oslo)`."""
    return bool(words) and all(context.soft(word) or not word.isascii() for word in words)


def _introduces(words: list[str], mark: str, context: Context) -> bool:
    """True if the part before a mark is an introduction or another right name, not another answer."""
    if mark in {"/", "-", ",", ")"} and context.accepts(" ".join(words).replace(" . ", ".")):
        return True
    if mark == "/" or not words:
        return mark != "/" and not words
    if mark == ")" and "(" in words:
        return _introduces(words[: len(words) - 1 - words[::-1].index("(")], ",", context) if words[0] != "(" else True
    first, clause = words[0], _clause(words)
    if english.DENIALS & set(clause) and clause[0] in {"not", "no", "neither"}:
        return True
    openers = english.PREPOSITIONS | english.REASONS | {
        "according", "yes", "ok", "okay", "well", "sure", "given", "after", "therefore", "thus", "hence", "so", "if",
        "based", "using", "because", "when", "while", "again", "finally", "overall", "certainly", "indeed", "surely",
    }  # fmt: skip
    if first in openers:
        return "or" not in words
    return (mark == "," and _is_asked_kind(words, context)) or _only_leads(words, context)


def _only_leads(words: list[str], context: Context) -> bool:
    """True for several words of which none could be an answer itself."""
    return all(context.soft(word) or word in english.PREPOSITIONS or word == "," for word in words) and len(words) > 1


def _is_asked_kind(words: list[str], context: Context) -> bool:
    """True for `Our largest organ` before a comma and the name, where the question asks for an organ."""
    other = {"another", "other", "related", "different", "or", "and"} | english.LINKS | english.VERBS | english.DENIALS
    noun = words[-1] in context.question.posed and words[-1] not in english.FUNCTION_WORDS
    return noun and 1 < len(words) < 5 and not other & set(words)
