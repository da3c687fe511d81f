"""Sentences about numbered steps, lines or claims, where the question asks for the first wrong one.

`62 - 8 is 54, so the fourth step is wrong` names the fourth step, whatever other numbers it has. `No line fails` and
`every step is correct` name none, for which these questions want 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.retractions import kept
from skillprobe_core.benchmark.judging.worded_numbers import ordinal, value_of_words

MAX_CHARACTERS = 600
LARGEST = 10_000
MAX_RANGE = 40

_ASKED = re.compile(r"\b(?:if (?:there is none|every \w+ [^.?]{1,40})|otherwise),? (?:answer|give|write) 0\b")
_NOUNS = (
    "step|line|statement|claim|note|entry|equation|number|item|reaction|sentence|row|retelling|point|computation"
    "|calculation|operation"
)
_PLURALS = f"(?:{_NOUNS})s|entries"
_NAMED = re.compile(
    rf"\b(?:{_NOUNS})\s?(?:number|no\.?|nr\.?|\#)?\s?[(\[*_`\#]{{0,3}}(?P<label>\d{{1,4}})(?![\d.,]*\d|\s?[-+*/=^]\s?[\d(]|\s?(?:to|through)\s\d)"
    r"|(?:^|(?<=[\s:]))\((?P<bracket>\d{1,4})\)(?=\s?(?:(?:is|has|was|does)(?:n\'t)?|should|says|contradicts|:|cannot)\b|:)"
    r"|(?:\#|\bno\.\s|\bnumber\s)(?P<sign>\d{1,4})(?![\d.,]*\d)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    rf"\b(?:the\s)?(?:very\s)?(\w{{3,12}}|\d{{1,3}}(?:st|nd|rd|th))[ ](?:{_NOUNS}|one)\b"
    r"|\bthe\s(?P<alone>\w{3,12}|\d{1,3}(?:st|nd|rd|th))(?=[.,:;!]|$|\s(?:is|was|does|has|isn't|doesn't|[a-z]{3,12}s)\b)",
    re.IGNORECASE,
)
_CODE = re.compile(r"`[^`\d\n]{0,80}`")
_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"")
# A number in words behind its noun: `step three`.
_WORDED = re.compile(rf"\b({_NOUNS})\s(one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)
# A reason, which may mention further things.
_REASON = re.compile(r",?\s(?:because|since|as|given\sthat|according\sto)\s", re.IGNORECASE)
_FAULT = re.compile(
    r"""\b(?:wrong(?:ly)?|incorrect(?:ly)?|false|invalid|mistake[ns]?|errors?|erroneous|faulty|flaw(?:ed|s)?|fails?|culprit
        |broken|breaks?|contradict(?:s|ed|ion)?|conflicts?|clash(?:es)?|collides?|overlaps?|refuted?|impossible|unbalanced|undefined
        |off\sby|mismatch(?:es|ed)?|differs?|change[ds]?|unsound|untrue|inconsistent|bad|should|violates?|problem(?:atic)?|issue
        |(?:is|was|are|does|do|did|has|have|can|could)(?:[ ]not|n't)|can't|won't|cannot
        |not[ ](?:true|valid|correct|right|ok(?:ay)?|balanced
        |equal|equivalent|follow|possible|defined|allowed|hold|match|mean))\b|[\u2717\u2718\u274c]""",
    re.IGNORECASE | re.VERBOSE,
)
_SOUND = re.compile(
    r"""(?<!\bnot\s)(?<!n't\s)
        \b(?:correct|(?<!the[ ])right(?![ ](?:at|in|on|away|here|there)\b)|fine|valid|ok(?:ay)?|true|balanced|consistent
        |sound|harmless|holds?|matches|defined|possible|equivalent|justified|checks?[ ]out
        |follows)\b|[\u2713\u2714\u2705]""",
    re.IGNORECASE | re.VERBOSE,
)
_FAULTS = (
    r"(?:mistakes?|errors?|contradictions?|clash(?:es)?|overlaps?|problems?|differences?|mismatch(?:es)?|issues?"
    r"|flaws?)"
)
_BROKEN = (
    r"(?:(?:is|are|was|were|fails?|contradicts?|differs?|clash(?:es)?|overlaps?|breaks?|changes?|has|have|contains?"
    r"|violates?|uses?|seems?)\b|(?:cannot|can't)\b)"
)
_NONE = re.compile(
    rf"""\b(?:no|not\sa\ssingle|zero)\s(?:such\s)?(?:wrong|false|incorrect|first\swrong|invalid|faulty|unbalanced|broken)?\s?
            (?:(?:{_NOUNS}|{_PLURALS})\s(?:that\s|which\s)?{_BROKEN}|{_FAULTS}\b)
        |\bno\s(?:wrong|false|incorrect|invalid|faulty|unbalanced|undefined|broken)\s(?:{_NOUNS}|{_PLURALS}|names?|ones?)\b
        |\b(?:none|not\sone|neither)\s(?:of\s(?:the|these|them|its|his|her|their)\b[^.;]{{0,60}}|(?:{_NOUNS})\s)?\s?{_BROKEN}
        |\bnever\s(?:differs?|contradicts?|clash(?:es)?|overlaps?|fails?|violates?|deviates?)\b
        |\b(?:all|every|each|both)\b[^.;:]{{0,60}}\b(?:is|are|was|were|(?:has|have)\sbeen|holds?|follows?|matche?s?|checks?|balances?|agrees?)\b
            (?!\sexcept)\s?(?:indeed\s|all\s|logically\s|perfectly\s)?
            (?:correct|right|true|balanced|fine|valid|consistent|defined|out|sound|equivalent|possible|from|the\splan)?
        |\beverything\s(?:is\s(?:correct|fine|right|consistent|in\sorder)|checks\sout|matches|holds|adds\sup|follows)
        |\bmatches\s(?:its|the)\s\w+\s(?:everywhere|throughout|completely)""",
    re.IGNORECASE | re.VERBOSE,
)
_EXCEPT = re.compile(
    r"\b(?:except|but|apart from|other than|until|before (?:that|this|then|the)|besides|up to)\b", re.IGNORECASE
)
_NO_FAULT = re.compile(
    rf"\b(?:no|not|without|nothing|never|hardly)\s(?:an?\s|any\s)?(?:\w+\s)?(?:wrong|false|incorrect|invalid|{_FAULTS})\b"
    r"|n't\s(?:wrong|false|incorrect|invalid|an?\s(?:mistake|error))\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    rf"[;\u2014]|,\s(?=(?:{_NOUNS})\s\d)"
    r"|,\s(?=(?:so|but|while|whereas|and|hence|thus|therefore|not|the\s\w{3,12}\s(?:is|are|does|has))\b)|\s(?=but\b)|\.\.\.|\s[-\u2013]\s|->|\u2192"
)
_RELATIVE = re.compile(r",\s(?:which|that|where|whose)\b[^,;:]{0,80}(?:,|$|(?=:))", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:not|n't|rather than|instead of|unlike|after|given|since|from|with|before)\s(?:in\s|at\s|the\s)*$",
    re.IGNORECASE,
)
_OF_FIRST = re.compile(r"\s(?:that|which|with|whose|where|to|in|of|at)\b", re.IGNORECASE)
# `The first wrong step is number 4`.
_FIRST_IS = re.compile(
    rf"\bfirst\b[^.;:]{{0,60}}?(?::|\b(?:is|was|shows?|appears?|occurs?|comes?|happens?))\s(?:in\s|at\s|on\s|up\s|with\s)*(?:the\s)?"
    rf"(?:(?:{_NOUNS})\s)?(?:number\s|no\.\s|\#)?[(*_`]{{0,3}}(?:(?P<digits>\d{{1,4}})(?![\d.,]*\d|\s?[-+*/=^])|(?P<word>[a-z]{{3,12}}|\d{{1,3}}(?:st|nd|rd|th))\b)",
    re.IGNORECASE,
)
# `I go for equation 3`, `Line 2 is the first: ...`.
_CHOSEN = re.compile(
    rf"\b(?:(?:go|going)\s(?:for|with)|pick|choose|settle\s(?:on|for))\s(?:the\s)?(?:{_NOUNS})\s(?:number\s|no\.\s|\#)?(\d{{1,4}})\b",
    re.IGNORECASE,
)
_IS_FIRST = re.compile(
    rf"\W*(?:so\s)?(?:{_NOUNS})\s\(?(\d{{1,4}})\)?\sis\s(?:clearly\s)?the\s(?:very\s)?first(?:\sone|\s(?:{_NOUNS}))?(?=[:.,;!]|$)",
    re.IGNORECASE,
)
# `All steps are right except for step 4`.
_ALL_BUT = re.compile(
    rf"\b(?:all|every|each|everything|the\s(?:rest|others?))\b[^.;:]{{0,80}}\b(?:except|but|apart\sfrom|other\sthan|besides)"
    rf"\s(?:for\s)?(?:the\s)?(?:(?:{_NOUNS})\s)?(?:number\s)?[(#*_`]{{0,3}}(?P<number>\d{{1,4}})(?![\d.,]*\d|[)*_`]{{0,3}}\s?(?:,|and|or)\s)",
    re.IGNORECASE,
)
# A conclusion that is a number alone: `..., so 6.`, `... => 3`.
_HENCE = re.compile(
    r"(?:\b(?:so|hence|thus|therefore)(?:,|:)?\s(?:it's\s|it\sis\s|the\sanswer\sis\s|it\smust\sbe\s|I\s(?:say|pick|answer)\s)?|(?:->|=>|\u2192|\u21d2)\s?)[(*_`#]{0,3}(\d{1,4})[)*_`]{0,3}[.!]?\s*$",
    re.IGNORECASE,
)
# `The remaining steps follow`: says nothing about the one that does not.
_OTHERS = re.compile(
    rf"\b(?:the\s|all\s)?(?:remaining|other|rest|later|following|subsequent|preceding|previous|earlier)\b[^.;:]{{0,20}}?"
    rf"\b(?:{_PLURALS}|ones?|rest)?\b[^.;:]{{0,20}}\b(?:are|is|follows?|holds?)\b",
    re.IGNORECASE,
)
# A sentence with a verb of its own, which names a thing without calling it wrong: `step 2 rounds it`.
_IN_PASSING = re.compile(
    rf"\b(?:{_NOUNS})\s?\(?\d{{1,4}}\)?\s(?:(?:just|only|then|[a-z]{{3,12}}ly)\s)?(?!is\b|was\b|should\b|must\b|would\b)[a-z]{{3,12}}s\b",
    re.IGNORECASE,
)
# `The unjustified step is 4`, `the claim that fails is 3`.
_WRONG_IS = re.compile(
    rf"\b(?:(?:wrong|incorrect|false|invalid|faulty|flawed|bad|unbalanced|contradictory|inconsistent|offending|problematic"
    rf"|un[a-z]{{4,14}}ed)\s(?:{_NOUNS}|one)|(?:{_NOUNS}|one)\s(?:that|which)\s[^.;:,]{{3,60}}?)\sis\s(?:therefore\s|thus\s)?(?:number\s|no\.\s|\#)?"
    rf"[(*_`]{{0,3}}(\d{{1,4}})(?=[)*_`]{{0,3}}(?:\s?[.,;:(!]|$|\s(?:since|because|as)\b))",
    re.IGNORECASE,
)
# A sentence about the thing that the one before it names: `That's the first one that is wrong`.
_REFERS = re.compile(
    r"\W*(?:that|this|it)(?:'s|\sis)\s(?:also\s)?the\s(?:very\s)?first\b(?![^.;:]{0,60}\bis\b\s?\w{0,8}\s?\d)",
    re.IGNORECASE,
)
# A further fault, behind the first one: `Line 7 is wrong as well`.
_FURTHER = re.compile(r"\b(?:also|as\swell|too|likewise|another|in\saddition|additionally)\b", re.IGNORECASE)
# One verdict per line: `Step 2: wrong`.
_VERDICT_LINE = re.compile(
    rf"^[\s>*_-]{{0,6}}(?:(?:{_NOUNS})\s|(?P<several>{_PLURALS})\s)?\(?\#?(?P<first>\d{{1,4}})(?(several)\s?(?:-|\u2013|to)\s?(?P<last>\d{{1,4}}))[*_]{{0,2}}"
    r"(?:[).:]{1,2}[*_]{0,2}|\s[-\u2013\u2014]|[*_]{0,2}(?=\s(?:not\s)?(?:ok(?:ay)?\b|[\u2713\u2714\u2705\u2717\u2718\u274c])))"
    r"\s(?P<verdict>.{1,200})$",
    re.IGNORECASE,
)
_NEXT_VERDICT = re.compile(
    r"[,;]\s(?:and\s|but\s)?(?=(?:[a-z]{4,12}\s)?\d{1,3}\s(?:is\s)?(?:not\s)?(?:ok(?:ay)?\b|[\u2713\u2714\u2705\u2717\u2718\u274c]))",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:either\b(?=[^.;]{0,60}\bor\b)|maybe|perhaps|possibly|might|could\sbe|not\ssure|unsure)\b"
    rf"|\bor\s(?:in\s|at\s|the\s)*(?:\w+\s)?(?:{_NOUNS}|\d)",
    re.IGNORECASE,
)


class NumberedThing(NamedTuple):
    """A number that a text names, 0 for none, and the words that name it."""

    number: int
    text: str


class _Named(NamedTuple):
    number: int
    place: int
    text: str


def asks_for_first(question: str) -> bool:
    """True for a question that asks for the number of the first wrong thing, and for 0 if there is none."""
    return _ASKED.search(question.casefold()) is not None


def numbered_thing(text: str) -> NumberedThing | None:
    """The thing that the last sentence about numbered things calls wrong; None if it is unclear.

    Args:
        text: The last line of an answer, its concluding sentence or its answer line.
    """
    text = _QUOTED.sub('""', _CODE.sub("``", text))
    text = _WORDED.sub(lambda thing: f"{thing[1]} {value_of_words(thing[2])}", kept(text)[-MAX_CHARACTERS:])
    sentences = sentences_of(text)
    if (hence := _HENCE.search(sentences[-1])) and not _HEDGE.search(sentences[-1]):
        return NumberedThing(int(hence[1]), hence[0].strip())
    mentioned: NumberedThing | None = None
    sound: set[int] = set()
    for place in range(len(sentences) - 1, -1, -1):
        sentence = sentences[place]
        if _HEDGE.search(sentence):
            break
        if (
            (place and _REFERS.match(sentence))
            or _adds_nothing(sentences, place)
            or (mentioned and not (_is_fault(sentence) or _first_of(sentence)))
        ):
            continue
        thing = _called_first(sentence)
        if thing or _named(sentence):
            thing = thing or _called_wrong(sentence, _named(sentence))
            if thing is None and place and only_calls_sound(sentence):
                sound |= {each.number for each in _named(sentence)}
                continue
            if thing and thing.number in sound:
                return None
            if thing is None or _is_fault(sentence) or not _IN_PASSING.search(sentence) or not place:
                return thing
            mentioned = thing
        elif _NONE.search(sentence) and not _EXCEPT.search(sentence):
            return NumberedThing(0, sentence.strip())
    return mentioned


def _adds_nothing(sentences: Sequence[str], place: int) -> bool:
    """True for a sentence about a further fault behind the first one, or about other things that are right."""
    sentence = sentences[place]
    if _OTHERS.search(sentence) and _SOUND.search(sentence) and not _ALL_BUT.search(sentence):
        return True
    return _is_further(sentence) and any(_is_fault(each) or _first_of(each) for each in sentences[:place])


def _called_first(sentence: str) -> NumberedThing | None:
    """The thing that a sentence calls the first wrong one, or the only one that is not right."""
    all_but = _ALL_BUT.search(sentence)
    return NumberedThing(int(all_but["number"]), all_but[0]) if all_but else _first_of(sentence)


def first_faulty_line(lines: Sequence[str]) -> NumberedThing | None:
    """The first thing called wrong by the lines at the end of a text that judge one thing each, 0 if none is.

    None unless at least two lines judge their things, in increasing order from 1 on.
    """
    judged: list[tuple[int, bool | None, str]] = []
    for line in reversed(_judging(lines)):
        match = _VERDICT_LINE.match(line)
        if match is None:
            break
        found = [
            (place.start(), fault)
            for fault, pattern in ((False, _NO_FAULT), (False, _SOUND), (True, _FAULT))
            if (place := pattern.search(match["verdict"]))
        ]
        begin, end = int(match["first"]), int(match["last"] or match["first"])
        verdict = min(found)[1] if found else None
        judged[:0] = [(number, verdict, line) for number in range(begin, min(end, begin + MAX_RANGE) + 1)]
    index = next((index for index, (_, fault, _) in enumerate(judged) if fault), len(judged))
    if any(fault is None for _, fault, _ in judged[:index]):
        return None
    if len(judged) < 2 or [number for number, _, _ in judged] != list(range(1, len(judged) + 1)):
        return None
    faulty = judged[index] if index < len(judged) else None
    return NumberedThing(faulty[0] if faulty else 0, (faulty or judged[-1])[2].strip())


def _judging(lines: Sequence[str]) -> Sequence[str]:
    """The lines without a last one that only mentions a thing, or the clauses of one line: `1 ok, 2 ok, 3 not ok`."""
    if len(lines) == 1:
        return _NEXT_VERDICT.split(lines[0])
    return lines[:-1] if lines and not _VERDICT_LINE.match(lines[-1]) and _IN_PASSING.search(lines[-1]) else lines


def only_calls_sound(text: str) -> bool:
    """True if the last sentence of a text calls the things that it names right, so that it gives none as the answer."""
    sentence = (sentences_of(text) or [""])[-1]
    named = _named(sentence) and "answer" not in sentence.casefold()
    return bool(named) and bool(_SOUND.search(sentence)) and not (_FAULT.search(sentence) or _EXCEPT.search(sentence))


def _is_further(sentence: str) -> bool:
    return _FURTHER.search(sentence) is not None and _is_fault(sentence)


def _is_fault(sentence: str) -> bool:
    """True for a sentence that names a numbered thing and calls something wrong."""
    return bool(_named(sentence)) and bool(_FAULT.search(sentence)) and not _NO_FAULT.search(sentence)


def _first_of(sentence: str) -> NumberedThing | None:
    """The number in `the first wrong step is number 4`."""
    if chosen := _CHOSEN.search(sentence) or _IS_FIRST.match(sentence):
        return NumberedThing(int(chosen[1]), chosen[0])
    match = _FIRST_IS.search(sentence)
    if match is None:
        wrong = _WRONG_IS.search(sentence)
        return NumberedThing(int(wrong[1]), wrong[0]) if wrong and not _NO_FAULT.search(sentence) else None
    worded = None if match["digits"] else ordinal(match["word"])
    number = int(match["digits"]) if match["digits"] else None if worded is None else int(worded.value)
    return None if number is None or number > LARGEST else NumberedThing(number, match["digits"] or match["word"])


def _called_wrong(sentence: str, named: list[_Named]) -> NumberedThing | None:
    """The first thing of a sentence that is called wrong, or else the only one that it names."""
    faulty: list[_Named] = []
    plain: list[_Named] = []
    begin = 0
    for end in [*(match.start() for match in _CLAUSES.finditer(sentence)), len(sentence)]:
        clause = _RELATIVE.sub(lambda part: " " * len(part[0]), sentence[begin:end])
        inside = [each for each in named if begin <= each.place < end and clause[each.place - begin].strip()]
        reason = _REASON.search(clause)
        inside = [each for each in inside if reason is None or each.place - begin < reason.start()] or inside
        if (faulty or plain) and _FURTHER.search(clause):
            inside = []
        fault = None if _NO_FAULT.search(clause) else _FAULT.search(clause)
        if inside and fault:
            before = [each for each in inside if each.place - begin < fault.start()]
            faulty.append(before[-1] if before else inside[0])
        elif inside and not _SOUND.search(clause) and not _NO_FAULT.search(clause):
            plain += inside
        begin = end
    numbers = {each.number for each in faulty or plain}
    if not numbers or (not faulty and len(numbers) > 1):
        return None
    first = min(faulty or plain, key=lambda each: each.number)
    return NumberedThing(first.number, first.text)


def _named(sentence: str) -> list[_Named]:
    """The numbered things that a sentence names, in order, without those that it only mentions as a reason."""
    found = [
        _Named(int(match["label"] or match["bracket"] or match["sign"]), match.start(), match[0])
        for match in _NAMED.finditer(sentence)
    ]
    for match in _ORDINAL.finditer(sentence):
        number = ordinal(match[1] or match["alone"])
        if number is None or (number.value == 1 and (found or _OF_FIRST.match(sentence, match.end()))):
            continue
        found.append(_Named(int(number.value), match.start(), match[0]))
    mentioned = [each for each in found if not _DENIED.search(sentence, 0, each.place)]
    return sorted((each for each in mentioned if each.number <= LARGEST), key=lambda each: each.place)
