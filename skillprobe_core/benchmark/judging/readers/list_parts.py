"""Elements of one part of a list: a number, a name with its label, or characters that run together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.worded_numbers import ordinal, value_of_words

from . import english
from .folding import Squeezed, occurrences, squeezed
from .following import follows
from .list_shape import ENDS, NONE, NUMBER, Elements, Shape, element_of
from .preceding import leads

MAX_ELEMENT_WORDS = 5
LINK = re.compile(
    r":\s|:$|:(?=\d)|=|\u2248|(?<![\w'])(?:is|are|was|were|holds?|contains?|has|have|(?:gives?|giving|leaves)(?: us)?"
    r"(?: with)?|becomes?|reads?|equals?"
    r"|remains?|includes?|left with|(?:ends?|ended) up (?:with|as|at)|be|get|gets|obtain|keeps?|come on"
    r"|meet on|at|on|they're|sont|sind|son|sao|sono)(?![\w'-])",
    re.IGNORECASE,
)
# A share or count after a name: `MV: 50 %`, `MV 1/2`.
_SHARE = re.compile(r"(?<=[\w)])(?:\s{0,3}:\s{0,3}|\s{1,3})(?:\d{1,4}(?:\.\d{1,4}|/\d{1,4})?)\s?(?:%|percent)?$")
ORDINALS = dict(
    zip(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"],
        range(1, 11),
        strict=True,
    )
)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d{1,2}(?:st|nd|rd|th))\b", re.I
)
_PLACE = re.compile(
    r"\s+(?:(?:is|are|was|were|stays?|remains?|went|goes)\s)(?:(?:still|now|left|back)\s)?(?:in|into|on|at|to)\s(?:the\s)?(\w+)",
    re.I,
)
_LABEL = re.compile(r"\W*(?:the\s)?(\w{2,20}):\s", re.IGNORECASE)
_PLACED = re.compile(r"(?<=\w)\s+(?:is|are|was|were|stays?|remains?|went|goes)\s")
# An element with a cross, or with a verb of failure behind it.
_DROPPED_ELEMENT = re.compile(
    r"[\u2717\u2718\u274c]|^\W{0,3}[\w+-]{1,60}\W{0,3}\s(?:itself\s)?(?:fails?|violates?|breaks?|leaves|(?:has|have)\s(?:left|gone)|is\s(?:gone|out|excluded|invalid|forbidden|ruled\sout)"
    r"|(?:is|are)(?:\snot|n't)\b|does(?:\snot|n't)\b)|\((?:not\s(?:allowed|valid|possible)|invalid|excluded|forbidden)\)",
    re.IGNORECASE,
)
# Words that add an element or conclude with one.
_ADDS = re.compile(
    r"\b(?:also|too|as well|plus|add|another|including|include|so|thus|hence|therefore|then|finally|answer|wait"
    r"|actually|no|sorry|instead|rather|but|remains?|left(?!\sout)|only)\b",
    re.IGNORECASE,
)
# `All of them avoid Oak`.
_OF_ALL = re.compile(r"(?:(?:all|each|both) of (?:them|these|those)|they (?:all|both))\b", re.IGNORECASE)
# `That is six codons.` after a list.
COUNT = re.compile(
    r"^\W{0,4}(?:(?:(?:that|this|which)(?:'s|\s(?:is|makes|gives))|(?:so\s)?there\sare|in\stotal,?(?:\sthere\sare)?"
    r"|(?:for\s)?(?=a\stotal\sof\s))\s?(?:(?:exactly|only|a\stotal\sof|altogether|all)\s)?(?:\d{1,4}|[a-z-]{3,12})\s(?:[a-z-]{1,20}\s?){1,4}"
    r"|(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s(?:[a-z-]{1,20}\s){0,3}?(?=in\s(?:total|all)|altogether))"
    r"(?:in\s(?:total|all)|altogether)?\W{0,3}$"
    r"|^\(\d{1,4}\s[a-z-]{1,20}(?:\s[a-z-]{1,20}){0,2}\)[.]?$",
    re.IGNORECASE,
)
_CROSS = re.compile("[\u2717\u2718\u274c]")
_COMPOUND = re.compile(r"(?<=[A-Za-z])-(?=[A-Za-z]{2})")
_ORDINAL_ENDING = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_STRAND = re.compile(r"^5'?\s*-?\s*|\s*-?\s*3'?$")


def has_element(text: str, shape: Shape) -> bool:
    """True if a text holds a number, or a name of the right answer."""
    if shape.numeric:
        return any(character.isdigit() for character in text)
    within = squeezed(text)
    return any(True for _, sought in shape.sought for _ in occurrences(sought, text, within))


def mentions_answer(text: str, shape: Shape) -> bool:
    """True if a text holds an element of the right answer."""
    if not shape.numeric:
        return has_element(text, shape)
    return any(element_of(number) in shape.answer for number in re.findall(r"-?\d+(?:\.\d+|/\d+)?", text))


def is_remark(text: str, shape: Shape) -> bool:
    """True for a clause about other things than the list: `Monday fails`, `60 has a zero`, `these are all`."""
    words = [word for word in english.tokens(text) if word[0].isalnum()]
    if len(words) > 1 and COUNT.match(text.strip()):
        return True
    if len(words) < 2 or _ADDS.search(text) or NONE.match(text.strip()) or mentions_answer(text, shape):
        return False
    if is_dropped(text) or _OF_ALL.match(text.strip()):
        return True
    if len(shape.answer) == 1 or shape.together:
        return False
    about = set(words) & shape.question.posed - english.FUNCTION_WORDS
    return bool(set(words) & english.VERBS) and not about and not set(words) & english.PRONOUNS


def is_introduction(part: str, shape: Shape) -> bool:
    """True if a part leads to the list and holds no element: `the people in the line are`."""
    words = [word for word in english.tokens(part) if word[0].isalnum()]
    if len(words) < 2 or has_element(part, shape) or not any(word in english.FUNCTION_WORDS for word in words):
        return False
    links = list(LINK.finditer(part))
    if links and part[links[-1].end() :].strip(ENDS):
        return False
    return all(word in english.FUNCTION_WORDS or shape.context.soft(word) or _is_verb(word) for word in words)


def _is_verb(word: str) -> bool:
    return word in english.VERBS or (len(word) > 4 and word.endswith(("ed", "ing")))


def parts_without_separators(part: str, shape: Shape) -> list[str]:
    """The parts of a list without separators: `TAAT`, `T A A T`, `T-A-A-T`, `2 1 4`."""
    if len(shape.answer) < 2 or shape.blanks:
        return [part]
    return (_together(part, shape) if shape.together else None) or _by_blanks(part.split(), shape) or [part]


def _together(part: str, shape: Shape) -> list[str] | None:
    """The characters of a list written as one word, or with the same sign between all of them."""
    strand = _STRAND.sub("", part) if not shape.numeric else part
    letters = re.fullmatch(r"[^\W_]{2,}", strand)
    last = "" if english.DENIALS & set(english.tokens(strand)) else re.split(r"[\s:=]+", strand)[-1]
    if letters or (
        re.fullmatch(r"[^\W_]{2,}", last) and len(last) == len(shape.answer) and (last.isupper() or last.isdecimal())
    ):
        return list(letters[0] if letters else last)
    if re.fullmatch(r"[^\W_](?:\s*[-./]\s*[^\W_])+", strand) and (not shape.numeric or strand.count("-") > 1):
        return re.split(r"\s*[-./]\s*", strand)
    return None


def _by_blanks(tokens: list[str], shape: Shape) -> list[str] | None:
    """The elements of a list separated by blanks alone; None if the words are something else."""
    if shape.numeric and all(NUMBER.fullmatch(token) for token in tokens):
        return tokens
    if (not shape.numeric and not shape.joined) or all(element_of(token) in shape.forms for token in tokens):
        known = [token for token in tokens if element_of(token) in shape.forms]
        if len(known) == len(tokens) or (len(tokens) == len(shape.answer) and known):
            return tokens
    if len(tokens) > 1 and all(re.fullmatch(r"\w+[-+]\w+(?:[-+]\w+)*", token) for token in tokens):
        return tokens
    numbers = [token for token in tokens if NUMBER.fullmatch(token)]
    if shape.numeric and len(numbers) > 1 and tokens[-len(numbers) :] == numbers:
        return [" ".join(tokens[: -len(numbers)] + numbers[:1]), *numbers[1:]]
    return None


def number_in(part: str, shape: Shape) -> tuple[Elements, str] | None:
    """The number of a part, and its label; None if it has none, several, or words that change it."""
    if len(shape.answer) == 1:
        part = _ORDINAL_ENDING.sub("", part)
        if (worded := ordinal(part)) is not None and not any(map(str.isdigit, part)):
            part = f"{part[: worded.start]}{worded.value}{part[worded.end :]}"
    links = list(LINK.finditer(part))
    label, value = (part[: links[-1].start()], part[links[-1].end() :]) if links else ("", part)
    if not any(character.isdigit() for character in value) and any(character.isdigit() for character in label):
        if english.DENIALS & set(english.tokens(value)):
            return None
        label, value = value, label
    found = re.findall(r"(?<![\w.])[-+]?\s?\d++(?:\.\d++)?(?:/[1-9]\d*+)?(?![\w^]|\.\d)", value)
    words = [word for word in english.tokens(value) if word[0].isalpha()]
    if not found:
        return _spelled(value, words, label)
    if len(found) > 1 or len(found[0]) > notation.MAX_NUMBER_CHARACTERS:
        return None
    start = value.find(found[0])
    if english.HEDGE.search(part[: part.find(found[0])]) or not _plain_words(part, value, words, shape):
        return None
    before = english.tokens(value[:start])
    rank = next((word for word in before if word in ORDINALS), "")
    return [notation.fraction(found[0].replace(" ", ""))], label.strip() or rank or " ".join(before[-2:])


def _plain_words(part: str, value: str, words: Sequence[str], shape: Shape) -> bool:
    """True if the words around a number leave it as it is: a unit, nouns of the question, no comparison or formula."""
    if set(words) & (english.DENIALS | {"or"}) or re.search("[<>\u2264\u2265]", part):
        return False
    unknown = [word for word in words if word not in english.FUNCTION_WORDS and not shape.context.soft(word)]
    value = _COMPOUND.sub(" ", value)
    formula = re.search(r"[-+*/^]\s?[^\W\d_]|[^\W\d_]\s?[*/^]", value) and not re.search(r"\w/\w", value)
    return not formula and len(unknown) <= 2 and (len(words) <= 9 or not unknown)


def _spelled(value: str, words: Sequence[str], label: str) -> tuple[Elements, str] | None:
    """A number in words, alone or with its noun."""
    for end in range(min(len(words), 6), 0, -1):
        number = value_of_words(" ".join(words[:end])) if not any("'" in word for word in words[:end]) else None
        if number is not None and len(words) - end <= 2:
            return [Fraction(number)], label.strip()
    if len(words) > 1 and (number := value_of_words(words[-1])) is not None and len(words) < 5:
        return [Fraction(number)], label.strip()
    return None


def name_in(part: str, shape: Shape, *, first: bool, last: bool) -> tuple[Elements, str] | None:
    """The name of a part, and its label; another name is an element of its own."""
    plain = _SHARE.sub("", part) if not shape.joined or "%" in part else part
    labelled = _labelled_name(plain, shape)
    if labelled:
        return labelled
    within = squeezed(plain)
    matched = {
        form for form, sought in shape.sought if sought in within.characters and _asserts(plain, within, sought, shape)
    }
    longest = [form for form in matched if not any(form != other and form in other for other in matched)]
    if len(longest) == 1:
        return [longest[0]], ""
    words = [word for word in english.tokens(part) if word[0].isalnum()]
    introduces = not matched and first and not last and is_introduction(part, shape)
    return None if len(words) > MAX_ELEMENT_WORDS or introduces else ([element_of(part)], "")


def is_crossed(part: str) -> bool:
    """True for an element with a cross."""
    return _CROSS.search(part) is not None


def is_dropped(part: str) -> bool:
    """True for an element that is marked as wrong: `7-8 fails`, `Ann-Ben (not allowed)`, with a cross."""
    return _DROPPED_ELEMENT.search(part) is not None


def _is_elsewhere(right: str, shape: Shape) -> bool:
    """True for `the map is in the bag` where the question asks about another place."""
    place = _PLACE.match(right)
    asked = shape.question
    return place is not None and place[1].lower() in asked.words - asked.posed


def is_elsewhere(part: str, shape: Shape) -> bool:
    """True for a clause that puts its thing into a place of the question about which it does not ask."""
    label = _LABEL.match(part)
    name = label[1].lower() if label else ""
    if name in shape.question.words - shape.question.posed and not any(name in form for form in shape.forms):
        return True
    clause = _PLACED.search(part)
    return clause is not None and _is_elsewhere(part[clause.start() :], shape)


def _labelled_name(plain: str, shape: Shape) -> tuple[Elements, str] | None:
    """A name of the answer, alone, with an ordinal or with a label: `Hal first`, `front: Hal`, `Hal is first`."""
    rank = _ORDINAL.search(plain)
    choices = [(plain, rank[0].lower() if rank else "")]
    choices.append((_ORDINAL.sub("", plain).strip(ENDS), choices[0][1]))
    links = list(LINK.finditer(plain))
    for link in {link.start(): link for link in (links[-1:] + links[:1])}.values():
        label, value = plain[: link.start()].strip(ENDS), plain[link.end() :].strip(ENDS)
        if not english.DENIALS & set(english.tokens(value)):
            choices += [(value, label), (label, value)]
    return next((([element_of(name)], label) for name, label in choices if element_of(name) in shape.forms), None)


def _asserts(plain: str, within: Squeezed, sought: str, shape: Shape) -> bool:
    """True if a part asserts a name of the answer in its words: `the pin is in the bag`."""
    for start, end in (*occurrences(sought, plain, within), *occurrences(f"{sought}s", plain, within)):
        left, name, right = plain[:start], plain[start:end], plain[end:]
        denied = re.search(r"\b(?:not|or|nor|never|without)\b|n't", left + right, re.IGNORECASE)
        if denied or is_dropped(plain) or _is_elsewhere(right, shape):
            continue
        if leads(left, shape.context, name) and follows(right, shape.context, name):
            return True
    return False
