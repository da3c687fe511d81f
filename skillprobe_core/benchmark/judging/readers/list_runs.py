"""The last run of elements in a sentence: `Since 60 has a 0, we keep 56, 64 and 68 here.`

A run is what separators join without other words between them. It states the list if a verb, a colon or an arrow leads
to it, or if it begins the sentence, and if no word before or behind it denies it or adds to it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from . import english
from .list_parts import is_dropped, is_elsewhere
from .list_shape import ENDS, MAX_PARTS, OPEN, SEPARATOR, Element, Elements, Shape, element_of

_ASIDE = re.compile(r"\s*\([^()]{0,200}\)")
_ONLY = re.compile(r"^(?:(?:so|thus|hence|therefore),?\s)?(?:it's\s)?only\s", re.IGNORECASE)
_SPACED_SIGN = re.compile(r"(?<=\w)[ \t]+([-+])[ \t]+(?=\w)")
_CHAIN = re.compile(r"(?<=[A-Za-z])\s*->\s*(?=[A-Za-z])")
# What stands for capitals where only case tells elements apart.
CASED = 0x1401
_CASED = "\u1401-\u141a"
# Words around a run that take elements from it or add to it.
_CHANGES = re.compile(
    r"\b(?:not|cannot|never|no|nor|or|without|except|but|than|before|until|unless|first|instead|also|maybe|perhaps|would|could"
    r"|impossible|invalid|wrong|incorrect|forbidden|(?:are|is|left|ruled) out|too"
    r"|(?:exclud|remov|drop|reject|discard|eliminat|omit|skip|cross|fail|violat)\w*)\b|n't\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"(?<![\w+-])\w+(?:[-+]\w+)+(?![\w+-])")
# Words before a colon, which name a part of the list unless they reject it.
_PART = re.compile(r"[^:.;\n]{1,80}:\s")
_REJECTS = re.compile(
    r"\b(?:not (?:valid|allowed|possible)|impossible|invalid|(?:exclud|reject|forbid|remov|dropp)\w*)\b", re.IGNORECASE
)
_TAKES_BACK = re.compile(r"\b(?:wait|actually|sorry|hmm+)\b|[\u2717\u2718\u274c]", re.IGNORECASE)
# A verb behind one element, which says something about it.
_SUBJECT = re.compile(r"\W{0,2}\s(?:has|is|does|was|contains|uses|needs)\b")
# Single letters or digits at the end: `G A C T`.
_LETTERS = re.compile(r"(?<![\w-])\w(?:[ -]\w)+$")
_STRAND = re.compile(r"(?<![\w-])[A-Z](?:[ -]?[A-Z]){1,60}(?![\w-])")
_LEADING = english.LINKS | english.VERBS | frozenset({"keep", "need", "needs", "with", "as", "on", "only", "namely"})
_PREDICATES = (
    english.VERBS | english.LINKS | frozenset({"work", "works", "fit", "fits", "qualify", "qualifies", "only"})
)
_SETS_SCENE = english.PREPOSITIONS | english.REASONS | frozenset({"after", "when", "once", "finally", "then", "now"})
_EXPLAINS = english.REASONS | frozenset({"which", "where", "while", "whereas", "nothing", "nobody", "none"})
# Clauses of a line, and words behind a list that give its reason.
_CLAUSES = re.compile(r"[.;!?]\s+|\n\s*\n|,\s(?=(?:so|but|now)\b)")
_REASONS = re.compile(r"\b(?:since|because|as|which|after|when|where|while|if|for)\b|:\s|\s-\s", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:fail|fails|wrong|odd|forbidden|invalid|impossible|excluded|nobody|no one|minus|too (?:small|big|large|few)"
    r"|before|one of|(?:have|has) a digit|not)\b|n't\b",
    re.IGNORECASE,
)
# What a list is contrasted with: `, not Ann-Cy`.
_NOT_OTHERS = re.compile(r",?\s(?:but\s|and\s)?not\s(?:\w+[-+]\w+|\d+)(?=\W*$)")
_CHOOSES = re.compile(r"\b(?:only|so|now|common|right|correct|remains?|left|instead)\b", re.IGNORECASE)
_ALSO = re.compile(
    r"\b(?:also|as well|too)\b(?!\s(?:small|big|large|few|many|much|high|low|long|short|late|early))", re.IGNORECASE
)
_CAPITALISED = re.compile(r"\b[A-Z]\w+")
_WORDS = re.compile(r"\w+(?:[-+]\w+)*")
_MARKS = ENDS + "[]{}"


def last_run(sentence: str, shape: Shape) -> Elements | None:
    """The elements of the last run of a sentence; None if there is none or if words around it change it."""
    text = _ONLY.sub("", _ASIDE.sub(" ", sentence.strip()))
    lead, word = _last_word(text.strip(_MARKS), shape)
    if shape.together and len(word) == len(shape.answer) and (word.isupper() or word.isdecimal()):
        return [element_of(each) for each in word] if _leads(lead, shape) else None
    if shape.together and (strand := _only_strand(text, shape)):
        return strand
    if OPEN.search(text):
        return None
    if shape.joined:
        text = _SPACED_SIGN.sub(r"\1", text)
    cuts = list(SEPARATOR.finditer(text))[:MAX_PARTS]
    begins, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(text)]
    items = [text[begin:end].strip(_MARKS) for begin, end in zip(begins, ends, strict=True)]
    place = len(items) - 1
    while place >= 0 and not (_first(items[place], shape) or _last(items[place], shape)):
        place -= 1
    inside, cut = (each[0].strip() if each else "" for each in (_at(cuts, place - 1), _at(cuts, place)))
    if place < 0 or not _explains(items[place + 1 :], "" if inside == cut else cut):
        return None
    opened = _first(items[place], shape)
    found, tail = ([opened[0]], opened[1]) if opened else ([], "")
    place -= bool(opened)
    while opened and place >= 0 and (whole := _first(items[place], shape)) and not whole[1]:
        found.insert(0, whole[0])
        place -= 1
    closed = _last(items[place], shape) if place >= 0 and not (opened and _is_cut(cuts[place][0])) else None
    lead = ""
    if closed:
        found.insert(0, closed[0])
        lead = closed[1]
    elif place >= 0 and not (_is_cut(cuts[place][0]) or _sets_scene(items[: place + 1])):
        return None
    few = len(found) < 2 and not shape.joined
    return None if few or not _leads(lead, shape) or not _follows(tail, shape) else found


def _only_strand(text: str, shape: Shape) -> Elements | None:
    """The letters of the only word of capitals in a text that changes nothing: `GGA is left`, `It reads G G A now`."""
    words = [re.sub("[ -]", "", word) for word in _STRAND.findall(text)]
    known = len(words) == 1 and len(words[0]) == len(shape.answer) and not _CHANGES.search(text)
    if not known or shape.numeric or set(map(element_of, words[0])) - shape.forms:
        return None
    return [element_of(letter) for letter in words[0]]


def _last_word(text: str, shape: Shape) -> tuple[str, str]:
    """The last word of a text, or as many letters with blanks between them as the answer has, and what is before it."""
    spaced = _LETTERS.search(text, max(0, len(text) - 2 * len(shape.answer))) if shape.together else None
    if spaced:
        return text[: spaced.start()].strip(), re.sub("[ -]", "", spaced[0])
    lead, _, word = text.rpartition(" ")
    return lead, word


def _first(item: str, shape: Shape) -> tuple[Element, str] | None:
    """The element with which an item begins, and the words behind it."""
    words = item.split()
    for count in range(min(len(words), 3), 0, -1):
        element = element_of(" ".join(words[:count]))
        if _is_element(element, shape):
            return element, " ".join(words[count:])
    return None


def _last(item: str, shape: Shape) -> tuple[Element, str] | None:
    """The element with which an item ends, and the words before it."""
    words = item.split()
    for count in range(min(len(words), 3), 0, -1):
        element = element_of(" ".join(words[-count:]).lstrip(":=\"'`*[{"))
        if _is_element(element, shape):
            return element, " ".join(words[:-count])
    return None


def _is_element(element: Element, shape: Shape) -> bool:
    return isinstance(element, Fraction) if shape.numeric else element in shape.forms


def _is_cut(separator: str) -> bool:
    return ">" in separator or "\n" in separator or ";" in separator


def _sets_scene(items: list[str]) -> bool:
    """True if the words before a run only say when or why it holds: `At the end`."""
    words = english.tokens(items[0])
    return len(words) > 1 and words[0] in _SETS_SCENE and len(items) < 3


def _leads(lead: str, shape: Shape) -> bool:
    if not lead:
        return True
    if lead.endswith(":"):
        return not _REJECTS.search(lead)
    words = english.tokens(lead.replace("'re", " are").replace("'s", " is"))
    links = bool(_LEADING & set(words)) or not words[-1][0].isalnum() or shape.context.noun(words[-1])
    return links and not _CHANGES.search(lead)


def _follows(tail: str, shape: Shape) -> bool:
    words = english.tokens(tail)
    several = len(words) != 1 or shape.numeric or words[0] in _PREDICATES
    return several and not _CHANGES.search(tail) and not is_elsewhere(f"x {tail}", shape)


def _at(cuts: list[re.Match[str]], place: int) -> re.Match[str] | None:
    return cuts[place] if 0 <= place < len(cuts) else None


def _explains(items: list[str], cut: str) -> bool:
    """True if what follows a run explains it, with a clause or in words that change nothing.

    Args:
        items: What follows.
        cut: The separator before it; empty if it is also one within the run.
    """
    rest = " ".join(items)
    words = english.tokens(rest)
    if not words or words[0] in _EXPLAINS:
        return True
    return cut == ";" or (words[0] in english.VERBS and not _CHANGES.search(rest))


def named_once(text: str, shape: Shape) -> bool:
    """True if a text names each element of the answer once, no other one of their form, and changes nothing.

    So it states the list, however it is laid out: under headings, in sentences about a part each, in a table of rows.
    """
    form = _form_of(shape)
    if shape.ordered or len(shape.answer) < 2 or form is None or _TAKES_BACK.search(text) or OPEN.search(text):
        return False
    text = _SPACED_SIGN.sub(r"\1", _CHAIN.sub("-", text)) if shape.joined else text
    plain = _ASIDE.sub(" ", text)
    lines = [line for line in (plain if form.search(plain) else text).splitlines() if form.search(line)]
    listed = "\n".join(_PART.sub(lambda part: part[0] if _REJECTS.search(part[0]) else " ", line) for line in lines)
    matches = list(form.finditer(listed))
    found = [element_of(each[0]) for each in matches]
    if any(_has_other(line, shape) for line in lines):
        return False
    if _CHANGES.search(listed.replace(" or ", " ")) or any(_SUBJECT.match(listed, each.end()) for each in matches):
        return False
    return len(found) == len(shape.answer) and set(found) == set(shape.answer)


def _has_other(line: str, shape: Shape) -> bool:
    """True if a word of another form stands among the elements of a line: `GGA, AGG, zebra`."""
    items = [item.strip().strip(_MARKS + "*`.") for item in SEPARATOR.split(line)]
    return any(
        _last(item, shape) is not None
        and following.isalpha()
        and element_of(following) not in shape.forms
        and following.lower() not in _EXPLAINS | {"respectively"}
        for item, following in pairwise(items)
    )


def _form_of(shape: Shape) -> re.Pattern[str] | None:
    """A pattern of what looks like an element: joined words, numbers as long as those of the answer."""
    if shape.joined:
        return _JOINED
    if shape.numeric and all(
        isinstance(each, Fraction) and each.denominator == 1 and each > 9 for each in shape.answer
    ):
        sizes = sorted({len(str(each)) for each in shape.answer})
        return re.compile(rf"(?<![\w.,-])\d{{{sizes[0]},{sizes[-1]}}}(?![\w-]|[.,]\d)")
    words = [each for each in shape.answer if isinstance(each, str) and each.isalpha()]
    if len({len(word) for word in words}) != 1 or len(set(words)) < len(shape.answer) or len(words[0]) < 2:
        return None
    letters = set("".join(words))
    if cased := {letter for letter in letters if re.match(f"[{_CASED}]", letter)}:
        letters |= {chr(ord(letter) - CASED + ord("a")) for letter in cased}
        return re.compile(rf"(?<!\w)[{''.join(sorted(letters))}]{{{len(words[0])}}}(?!\w)")
    return re.compile(rf"(?<![\w+-])[A-Z]{{{len(words[0])}}}(?![\w+-])")


def is_revised(text: str, shape: Shape) -> bool:
    """True if words behind a list of the answer's elements deny it, add to it or choose from it: `all of them fail`."""
    if not any(pattern.search(text) for pattern in (_DENIES, _CHOOSES, _ALSO)):
        return False
    clauses = [clause for clause in _CLAUSES.split(_ASIDE.sub(" ", text)) if clause.strip()]
    places = [place for place, clause in enumerate(clauses) if _mentioned(clause, shape) == len(set(shape.answer))]
    if not places:
        return False
    listed, later = clauses[places[-1]], clauses[places[-1] + 1 :]
    tail = _REASONS.split(listed[_last_place(listed, shape) :], maxsplit=1)[0]
    added = re.split(r"\s(?:and|but|plus)\s", listed[_last_place(listed, shape) :], maxsplit=1)
    if _DENIES.search(_NOT_OTHERS.sub(" ", tail)) or (len(added) > 1 and _adds(added[1], shape)):
        return True
    return any((_CHOOSES.search(clause) and _mentioned(clause, shape)) or _adds(clause, shape) for clause in later)


def _adds(clause: str, shape: Shape) -> bool:
    """True for a clause that adds another thing of the question to a list: `Saturday works as well`."""
    names = {word.lower() for word in _CAPITALISED.findall(clause)} & (shape.question.words - shape.question.posed)
    other = bool(re.search(r"\d", clause)) if shape.numeric else bool(names or _JOINED.search(clause))
    if not other and not shape.numeric and (form := _form_of(shape)):
        other = any(element_of(word) not in shape.forms for word in form.findall(clause))
    return other and _ALSO.search(clause) is not None and not is_dropped(clause)


def _mentioned(text: str, shape: Shape) -> int:
    """The number of elements of the answer in a text."""
    words = {element_of(word) for word in _WORDS.findall(_SPACED_SIGN.sub(r"\1", text))}
    return len(words & set(shape.answer))


def _last_place(text: str, shape: Shape) -> int:
    ends = [word.end() for word in _WORDS.finditer(text) if element_of(word[0]) in shape.answer]
    return max(ends, default=0)
