"""Reading of numbers: integers, rationals and decimals.

A statement asserts a number if it states one value and nothing else in its place. Where it has several numbers, these
places are tried in order: the sentence without its asides, the sides of its equation, the words before an explanation
(`5 is the first wrong step, since ...`), the words after the last verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.clean_text import clean
from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.notation import MAX_NUMBER_CHARACTERS
from skillprobe_core.benchmark.judging.numerals import Numeral, numerals
from skillprobe_core.benchmark.judging.retractions import kept
from skillprobe_core.benchmark.judging.statements import Statement
from skillprobe_core.benchmark.judging.worded_numbers import ordinal

from .numbered import NumberedThing, asks_for_first, first_faulty_line, numbered_thing, only_calls_sound
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading
from .unit_words import factor_behind

_ASIDE = re.compile(r"\([^()\n]{0,400}\)|\[[^\[\]\n]{0,400}\]|(?<=\S)\s(?:--?|[\u2014\u2015])\s(?![\d(.]).*$")
_COUNT_ASIDE = re.compile(
    r"\(\s?(?:that is |i\.e\.,? |a total of |total:? |count:? )?(\d{1,6})(?:\s[a-z]{1,20}){0,4}\s?\)\.?\s*$",
    re.IGNORECASE,
)
_SIDES = re.compile(r"[=\u2248\u2261]|->|\b(?:equals|or about|which is|that is)\b")
_ID_EST = re.compile(r"\bi\.e\.,?(?=\s)", re.IGNORECASE)
_OPERATORS = re.compile(r"^\s?(?:[-+*/^]|\bplus\b|\bminus\b|\btimes\b|\bmod\b|//|%)+\s?\(?-?\s?$")
# Words that keep a number from being asserted.
_HEDGE_BEFORE = re.compile(
    r"""(?:\b(?:not|never|neither|nor|isn't|aren't|wasn't|cannot[ ]be|can't[ ]be|than|at[ ]least|at[ ]most|up[ ]to|above
        |below|under|between|beyond|almost|nearly|not[ ]quite|unless|exceeds?|excluding|except|without|instead[ ]of
        |rather[ ]than|minimum[ ]of|maximum[ ]of|from|within|versus|vs[.]?|compared[ ](?:to|with)|
        (?:bit|just|slightly|little|well)[ ]over)
        \s(?:\w{1,12}\s){0,2}
    |\b(?:first|initially)[ ](?:I[ ])?(?:thought|guessed|got)[ ]|(?:^|\b(?:is|are)[ ])over[ ]
    |[<>\u2264\u2265\u2260\u00b1]\s?)[$(\"']{0,2}$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEDGE_AFTER = re.compile(
    r"""^\s?(?:[A-Za-z]{1,12}\s)?(?:or[ ](?:more|less|fewer|so|higher|lower|above|below|maybe|perhaps|[\w-]+)\b|to\s\d
        |too[ ](?:much|many|few|little)\b|short(?=\s?(?:$|[.,;]))|at[ ](?:least|most)\b|and[ ](?:above|up|more|over)\b
        |would\b[^.;]{0,60}\bif\b|(?:is|was)[ ]what\b[^.;]{0,60}\bif\b
        |(?:is|was|are)[ ](?:not|wrong|incorrect|too[ ][a-z]{1,8})\b|isn't\b|\+(?:$|\s))""",
    re.IGNORECASE | re.VERBOSE,
)
_INTERVAL = re.compile(r"[\[(]\s?-?[^\s,;()\[\]]{1,40}\s?[,;]\s?[^\s,;()\[\]]{1,40}\s?[\])]")
# What may stand before the number in front of an explanation: a label, its noun, a mark.
_LEAD_LABEL = re.compile(
    r"""^[\s(\[\"'\#>*:-]{0,4}(?:(?:it|this|that|the|a|an|x|at|in|on|is|are|no|number|nr|of|answer)[\s.:=]{1,3}){0,4}
        (?:[^\W\d][\w'-]{0,20}[\s.:\#=(]{1,3}){0,3}
    (?:(?:is|are|was|were|(?:will|would)\sbe|becomes|equals)\s(?:(?:exactly|now|then)\s)?)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_LEAD_END = re.compile(
    r"""^(?:[)\]\"'*]{0,2}(?:[.:;,\u2013\u2014]|\s?[-\u2013\u2014]\s(?!\s?[\d(]))(?=\s|$|(?<=\s))|[)\]]\s|\)
    |\s?(?:\b(?:is|are|was|were|has|since|because|as|for|with|where|when|but|which|whose|not|instead|rather|given|due
            |from|so|of[ ](?:the|its|my|our|those|these|them|all)|out[ ]of|contradicts|contains|clashes|uses|does
            |should|cannot|says|states|violates)\b|\()
    |\s?[A-Za-z\u00b0%/^*]{1,12},\s\d[\d.,]*\s\w{1,12}\s(?:more|less|fewer|after|before|above|below)\b
    |(?:\s?[A-Za-z\u00b0%/^\d*]{1,12})?,\s(?:an?\s(?:increase|decrease|rise|drop|change|gain|loss|reduction|third|quarter)
        |one\s(?:half|third|quarter|fifth|sixth|tenth)|half|twice|(?:up|down)\sfrom|compared)\s
    |\s?[A-Za-z\u00b0%/^\d*]{1,12}[,.;:]?\s
        (?:is|are|was|because|since|as|for|in|of|on|at|which|with|that|not|so|from|per
        |altogether|\())""",
    re.IGNORECASE | re.VERBOSE,
)
_VERB = re.compile(
    r"""\b(?:is|are|was|were|be|equals|makes?|gives?|giving|gets?|got|leaves?|leaving|yields?|totals?|costs?|pays?
        |prints?|has|have|becomes?|obtain|obtained|contains|needs?|moves?|takes?|means|reached?|find|found|of|so|hence
        |thus|therefore|(?:comes?|came|amounts?|adds?[ ]up|sums?(?:[ ]up)?|evaluates?|simplif(?:y|ies)|reduces?|goes
            |works[ ]out|equal|corresponds?)(?:[ ]out)?[ ](?:to|as|at)
        |(?:ends?|ended|winds?)[ ]up[ ](?:at|with|as|being)
        |(?<!to[ ])(?:goes|travels|covers|runs))\b
        (?:\s(?:exactly|only|just|about|approximately|again|now|then|equal[ ]to|equals?|x[ ]=)\b)?|[:\u2192]|->""",
    re.IGNORECASE | re.VERBOSE,
)
_EXPLAINS = re.compile(
    r",?\s(?:where|since|because|as|whereas|while|although|though|but not|not|and not|instead of|rather than|due to"
    r"|versus|vs\.?|given that|for|which)\b|,\san?\s(?:increase|decrease|rise|drop|reduction|gain|loss|change)\sof\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r",?\s(?:so|hence|thus|therefore|giving|which (?:gives|makes|means|leaves|yields|equals"
    r"|is(?=\s(?:[a-z]{2,16}\s){0,2}[-$(]?\d))|that (?:gives|makes|leaves|is)|making"
    r"|leaving|for a total of|in total|altogether)\b[ ,:]",
    re.IGNORECASE,
)
_SO = re.compile(r"[,;]\s(?:and\s)?(?:so|hence|thus|therefore)\s", re.IGNORECASE)
_ALONE = re.compile(
    r"-?\d[\d.,/]{0,20}(?:\s[A-Za-z\u00b0%][A-Za-z\u00b0%/^\d]{0,11})?"
    r"(?:\s(?:in (?:all|total)|altogether|together|overall))?\s?[.!]?"
)
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*|\\boxed\{([^{}\n]{1,80})\}")
_NONE = re.compile(
    r"""^\W{0,6}(?:(?:there[ ](?:is|are)[ ])?(?:none|nothing|no[ ](?:such[ ])?(?:mistakes?|errors?|steps?|lines?|claims?
            |contradictions?|clash(?:es)?|problems?|differences?))
        |all[ ](?:\w{1,16}[ ]){0,3}(?:is|are)[ ](?:correct|right|true|balanced|fine))\W{0,4}(?:[.,(]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_REFUSAL = re.compile(
    r"""\b(?:(?:cannot|can't|could[ ]not|couldn't|unable[ ]to|not[ ]able[ ]to)\s(?:\w+\s)?
            (?:solve|answer|determine|help|say|tell|work|provide|compute|know)
        |don't[ ]know|do[ ]not[ ]know|not[ ]sure|no[ ]idea)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# An answer that needs no words: `3`, `(3)`, `3, since ...`.
_BARE = re.compile(r"\W{0,6}\d{1,4}\W{0,3}(?:$|[.,;:(](?!\d)|\s(?:is|since|because|as)\b)")
# Only an explanation follows: `3 - the sign is lost`.
_BARE_LEAD = re.compile(
    r"[^\w#]{0,6}(\d{1,4})[)*_`]{0,3}(?:\s?\u2014|\s[-\u2013]\s|\s\(|,?\s(?:since|because|as)\s)(?=\s?[\"'`(*]{0,2}[A-Za-z])"
)
_STEP = re.compile(r"^\W{0,6}(?:step|part)\s\w{1,6}\s?[:.)]\W{0,4}", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:not|never|neither|isn't|nor)\b", re.IGNORECASE)
_EQUATION_LABEL = re.compile(r"^\s?[A-Za-z_\u03b1-\u03c9]\w{0,12}\s?$")
_SENTENCE_END = re.compile(r"[;!?](?=\s|$)|[.](?=\s)|[\u3002\uff0c](?!$)")
_SCALE_ASKED = re.compile(r"\b(?:thousand|million|billion|trillion)s?\b")
# The result of a calculation at the end of a sentence: `so we multiply: 6 * 7 = 42.`
_CALCULATED = re.compile(r"\d\s?[-+*/]\s?-?\d[^=\n]{0,80}(=\s?[^=\n]{1,60})$")
# The solution at the end of a sentence: `Divide by 2: x = -3.`
_SOLVED = re.compile(r"\s?[a-z]\s?=\s?([^=\n]{1,40})")
_FRACTION = re.compile(r"(\d{1,400})\s?/\s?(\d{1,400})\s*$")
_LOWEST_TERMS = re.compile(r"\b(?:(?:lowest|simplest)\s(?:terms|form|fraction)|reduced|irreducible)\b", re.IGNORECASE)
# `12 more than before` is 12 only for a question that asks for a difference.
_COMPARES = re.compile(r"\s?(?:[A-Za-z]{1,20}\s)?(?:more|fewer|less)\sthan\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:more|fewer|less|than|difference|differ|change|increase|decrease|grow|rise|fall|excess)\b", re.IGNORECASE
)
_FACTORIAL = re.compile(r"\d\s?!\s*$")
_DECIMAL_ASKED = re.compile(r"\b(?:decimals?|rounded|round)\b", re.IGNORECASE)


# The result of a sum in words: `13 on Monday plus 4 on Tuesday makes 17`.
_MAKES = re.compile(
    r"\b(?:makes?|gives?|equals?|totals?|yields?|(?:adds?|sums?)\s(?:up\s)?to|(?:comes?|amounts?)\sto)\s([^.;:=]{1,60})$",
    re.IGNORECASE,
)
# The last of several values: `first 9, then 4 and finally 6`.
_FINALLY = re.compile(r"\b(?:finally|eventually|lastly|in the end)\b,?\s([^.;,:]{1,60})$", re.IGNORECASE)
_COMBINES = re.compile(r"\b(?:plus|minus|times|and|of|together|by)\b", re.IGNORECASE)
# The end of a sentence before one that begins with a number: `The volume is 9 mL. 18/9 = 2`.
_SENTENCE_BEFORE_NUMBER = re.compile(
    r"(?<=[A-Za-z)])(?<!e\.g)(?<!i\.e)(?<!\bca)(?<!\b[Nn]o)(?<!approx)[.]\s+(?=[(]?\d)"
    r"|(?<=\d)[.]\s+(?=\d[\d.,]{0,20}\s?(?:[-+*/]|plus|minus|times|divided)\s)"
)
# The later value of a change: `falls from 6 to 2`.
_CHANGED = re.compile(
    r"\b(?:drops?|falls?|goes|leads?|rises?|climbs?|grows?|shrinks?|changes?|decreases?|increases?|sinks?|comes?|moves?|brings?|takes?"
    r"|lowers?|raises?|reduces?)\b[^.;:,]{0,40}?\bfrom\s[^.;:,]{1,40}?\sto\s([^.;:]{1,40})$",
    re.IGNORECASE,
)
# A change, not the value after it: `falls by 2`, `an increase of 12`.
_CHANGE_BEFORE = re.compile(
    r"\b(?:(?:drop|fall|rise|increase|decrease|reduce|lower|raise|grow|shrink|change|differ)(?:s|d|ed|ing)?\b[^.;:,]{0,24}?\bby"
    r"|(?:increase|decrease|reduction|rise|drop|change|difference|discount|surcharge)\sof)\s(?:about\s|only\s)?[$(]?$",
    re.IGNORECASE,
)
# A fraction with its decimal value: `3/7 = 0.43`.
_APPROXIMATED = re.compile(
    r"(?<![\d/.])(-?\d{1,30})\s?/\s?(\d{1,30})(?![\d/.])\s?,?\s?"
    r"(?:[A-Za-z\u03a9]{1,8},?\s)?(?:(?:[=\u2248]|(?:which|that)\sis|or|i\.e\.,?)\s?(?:about\s|approximately\s|roughly\s)?"
    r"|(?:about|approximately|approx\.|roughly|around|nearly)\s)(-?\d{0,9}\.(\d{1,20}))(?![\d/]|\.\d)"
)
# The base of a numeral: `2103 (base 5)`, `in base 10`.
_BASE_ASKED = re.compile(r"\bbase[- ]\d", re.IGNORECASE)
_BASE = re.compile(
    r"\s?\((?:in\s)?base[- ](?:\d{1,2}|[a-z]{3,8})\)|\s(?:in\s)?base[- ](?:\d{1,2}|ten)\b", re.IGNORECASE
)
# A number with its own value behind it: `2103 is 278`, `2103 (octal) = 1091`.
_SUBJECT = re.compile(
    r"^[)\]]?\s?(?:\([^()]{0,40}\)\s?)?(?:in\s[a-z]{1,12}\s)?(?:is|equals)\s(?:equal\sto\s)?[-$(*]{0,3}\d"
)
# `It cannot be reduced (gcd 1)`.
_WORDED_ASIDE = re.compile(r"\(\s?[A-Za-z][^()\n]{0,200}\)")
# A check behind the result: `x = 4, and plugging it back in: ...`.
_CHECK = re.compile(
    r"(?:[,;(]|[.!])?\s(?:(?:and|which|then)\s)?(?:(?:plugging|substituting|putting|inserting)\b[^.:;]{0,40}?\bback\b"
    r"|(?:check|verification|proof)\s?:|checking\s?[:,]|to\s(?:check|verify)\b|as\sa\scheck\b).*$",
    re.IGNORECASE,
)
# The clause that stands in the place of what comes before it: `9.6, but rounded it costs 10`.
_BUT = re.compile(
    r",\s(?:but|yet|however)\s(?:(?:since|because|as)\s[^,;:]{3,100},\s)?(?!(?:only|not|that|this|if|since|because|as)\b)([^;:]{3,200})$",
    re.IGNORECASE,
)
# The number on which the writer settles: `I'd say 4`.
_DECIDES = re.compile(
    r"\bI(?:'d|'ll|\swould|\swill)?\s(?:say|go\swith|answer|choose|pick|settle\s(?:on|for))\s([^;:]{1,60}?)[.!]?\s*$",
    re.IGNORECASE,
)
_UNREAL = re.compile(r"\b(?:if|would|could|might|unless|when)\b", re.IGNORECASE)
# `Putting everything over 40, we get`: the way, not the result.
_MANNER = re.compile(r"\W{0,4}[A-Za-z]{2,14}ing\b")
_GOES_ON_WITH_NUMBER = re.compile(r"\s(?:is|are|was|has|have|can|can't|cannot|divides|does)\b")
_OVER = re.compile(r"(?<![\d/.])(\d{1,30})\sover\s(\d{1,30})(?![\d/]|\.\d)")


class _Found(NamedTuple):
    """A number that a piece of text asserts, as written, and the words around it."""

    numeral: Numeral
    text: str
    after: str = ""
    before: str = ""


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the number that a statement asserts with the key's.

    integer: the same value, without a division left to do. rational: the same value. decimal: within the tolerance.
    """
    if "base" in statement.text and _BASE_ASKED.search(key.question):
        statement = statement._replace(text=_BASE.sub(" ", statement.text))
    if key.answer_type is AnswerType.RATIONAL:
        statement = statement._replace(text=_in_fractions(statement.text))
    if len(statement.text) > 4 * MAX_ANSWER_CHARACTERS and statement.stated:
        return Reading(False, statement.text[:MAX_ANSWER_CHARACTERS], False)
    if statement.rule == "boxed" and _FACTORIAL.search(statement.text):
        return Reading(False, statement.text.strip(), False)
    if statement.stated:
        return _stated(statement.text, key)
    of_first = _first_wrong(statement.text, key)
    if of_first is not None:
        return of_first
    found = _unmarked(statement)
    return NOTHING if found is None or _repeats_question(found, key) else _compared(found, key)


def _first_wrong(text: str, key: AnswerKey) -> Reading | None:
    """The reading of a text that answers a question for the first wrong thing; None if it names no thing."""
    if not asks_for_first(key.question) or _REFUSAL.search(text[-400:]):
        return None
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    bare = _BARE_LEAD.match(last)
    thing = NumberedThing(int(bare[1]), bare[1]) if bare else None
    thing = thing or first_faulty_line(lines) or first_faulty_line(sentences_of(last)) or numbered_thing(last)
    if thing is None:
        return NOTHING if only_calls_sound(last) else None
    return _compared_thing(thing, key)


def _in_fractions(text: str) -> str:
    """The text with `3 over 7` as `3/7`, and fractions without the rounded value that follows them."""

    def exact(match: re.Match[str]) -> str:
        over, under, rounded, decimals = int(match[1]), int(match[2]), Fraction(match[3]), len(match[4])
        close = under and abs(Fraction(over, under) - rounded) <= Fraction(1, 10**decimals)
        return f"{over}/{under}" if close else match[0]

    return _APPROXIMATED.sub(exact, _OVER.sub(r"\1/\2", clean(text)))


def _numbered(line: str, key: AnswerKey) -> Reading | None:
    thing = numbered_thing(clean(line))
    return _compared_thing(thing, key) if thing else None


def _compared_thing(thing: NumberedThing, key: AnswerKey) -> Reading:
    right = any(notation.number(text) == thing.number for text in key.texts)
    return Reading(right, thing.text[:MAX_ANSWER_CHARACTERS], True)


def _compared(found: _Found, key: AnswerKey) -> Reading:
    """Compare a number with the key; a number in a form that the question does not allow is not well formed."""
    right = _right(found, key)
    left_to_do = _left_to_do(found, key)
    return Reading(right, found.text, right or not (left_to_do or _repeats_question(found, key)))


def _left_to_do(found: _Found, key: AnswerKey) -> bool:
    """True for a fraction where the question asks for an integer or a decimal number."""
    if key.answer_type is AnswerType.RATIONAL or not found.numeral.division:
        return False
    if _terms(found.text)[1] == 1:
        return False
    whole = any(value is not None and value.denominator == 1 for value in map(notation.number, key.texts))
    asked = _DECIMAL_ASKED.search(key.question) or _occurs(found.text, key.question)
    return key.answer_type is AnswerType.INTEGER or whole or bool(asked)


def _repeats_question(found: _Found, key: AnswerKey) -> bool:
    """True for a number that is to be written as a fraction and stays as the question has it."""
    return (
        key.answer_type is AnswerType.RATIONAL
        and not found.numeral.division
        and "fraction" in key.question.casefold()
        and all(found.text.casefold() != text.casefold() for text in key.texts)
        and _occurs(found.text, key.question)
    )


def _occurs(text: str, question: str) -> bool:
    """True if the question contains this number, written like this."""
    squeezed, within = ("".join(each.casefold().split()) for each in (text, question))
    return re.search(rf"(?<![\d.,/]){re.escape(squeezed)}(?![\d/]|[.,]\d)", within) is not None


def _terms(text: str) -> tuple[int, int]:
    """The numerator and the denominator of the fraction at the end of a text; (0, 0) without one."""
    match = _FRACTION.search(text[-MAX_NUMBER_CHARACTERS:])
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _reducible(text: str) -> bool:
    return gcd(*_terms(text)) > 1


def _stated(text: str, key: AnswerKey) -> Reading:
    lines = [line for line in kept(text).splitlines() if line.strip(" \t*_`$\\[]{}()>\"'.:")]
    if not lines:
        return NOTHING
    first = _numbered(lines[0], key) if asks_for_first(key.question) and not _BARE.match(clean(lines[0])) else None
    if first is not None:
        return first
    for line in lines[:2]:
        found = _found(line)
        if found is not None:
            return _compared(found, key)
        if numerals(clean(line)[:MAX_ANSWER_CHARACTERS]):
            break
    whole = clean(lines[0]).strip()
    if notation.number(key.answer) == 0 and _NONE.match(whole):
        return Reading(True, whole[:MAX_ANSWER_CHARACTERS], True)
    return Reading(False, whole[:MAX_ANSWER_CHARACTERS], False) if whole else NOTHING


def _unmarked(statement: Statement) -> _Found | None:
    lines = [line for line in statement.text.splitlines() if line.strip()]
    if _REFUSAL.search(statement.text[-400:]):
        return None
    if statement.rule != "text":
        found = _unmarked_line(lines[-1][-MAX_ANSWER_CHARACTERS:]) if lines else None
        return found if found and found.numeral.value is not None else None
    for line in lines[:-4:-1]:
        text = clean(line[-MAX_ANSWER_CHARACTERS:])
        found_here = [each for each in numerals(text) if not _hedged(text, each)]
        if found_here:
            last = found_here[-1]
            return None if last.value is None or _INTERVAL.search(text) else _found_at(text, last)
    return None


def _unmarked_line(line: str) -> _Found | None:
    """The number that a line asserts, best in its last sentences."""
    parts = _SENTENCE_BEFORE_NUMBER.split(kept(_STEP.sub("", line)))
    sentences = [each for part in parts for each in sentences_of(part)]
    for number, written in reversed(list(enumerate(sentences))):
        sentence = _without_check(written)
        bold = [found for match in _BOLD.finditer(sentence) if (found := _lone(clean(match[1] or match[2])))]
        if bold and len({each.numeral.value for each in bold}) == 1:
            return bold[-1]
        if not numerals(clean(_WORDED_ASIDE.sub(" ", sentence))) and number:
            continue
        found = _calculated(sentence) or _concluded(sentence) or _found(sentence)
        if found is not None:
            return found
        if numerals(clean(sentence)):
            return None
    return None


def _without_check(sentence: str) -> str:
    """The sentence without a check at its end, if a number stays."""
    unchecked = _CHECK.sub("", sentence)
    return unchecked if numerals(clean(unchecked)) else sentence


def _calculated(sentence: str) -> _Found | None:
    """The result of a calculation that ends a sentence, where the words before it contain numbers of their own."""
    text = clean(sentence).strip().rstrip(".! ")
    lead, colon, equation = text.rpartition(":")
    solved = _SOLVED.fullmatch(equation) if colon and numerals(lead) else None
    if solved:
        return _lone(solved[1])
    if ";" in equation:
        lead, colon, equation = text.rpartition(";")
    match = _CALCULATED.search(equation) if colon and numerals(lead) and len(text) <= MAX_ANSWER_CHARACTERS else None
    return _lone(match[1].lstrip("= ")) if match else None


def _concluded(sentence: str) -> _Found | None:
    """The one number behind the last `so` of a sentence, or alone behind its last colon: `70 % of that: 483`."""
    text = clean(sentence).strip()
    if len(text) > MAX_ANSWER_CHARACTERS:
        return None
    *before, tail = _SO.split(text)
    if before and (found := _lone(tail)):
        return found
    lead, colon, value = text.rpartition(": ")
    return _lone(value) if colon and numerals(lead) and _ALONE.fullmatch(value) else None


def _found(line: str) -> _Found | None:
    """The number that a line asserts; None if it asserts none, or several."""
    text = _ID_EST.sub("that is", clean(kept(line))).strip()
    if len(text) > MAX_ANSWER_CHARACTERS:
        return None
    counted = _counted(text)
    if counted is not None:
        return counted
    for candidate in _candidates(text):
        found = _lone(candidate)
        if found is not None:
            return found
    return _ordinal(text)


def _candidates(text: str) -> Iterator[str]:
    """The pieces of a line that may assert its number, the most complete first."""
    if "I" in text and (decides := _DECIDES.search(text)):
        yield decides[1]
    yield text
    but = _BUT.search(text) if ", " in text else None
    if but and numerals(but[1]) and not _UNREAL.search(but[1]) and not _NEGATION.search(but[1]):
        yield from _after_verbs(but[1].rstrip(" .!"))
    sentence = sentences_of(text)[0] if text else ""
    sentence = (
        re.split(r"[;?](?=\s|$)|!(?=\s*$|\s+[^\sa-z])|[.](?=\s)|[\u3002\uff0c](?!$)", sentence, maxsplit=1)[0]
        if sentence == text
        else sentence
    )
    yield sentence
    bare = _ASIDE.sub(" ", sentence)
    yield bare
    head = _EXPLAINS.split(bare, maxsplit=1)[0]
    yield from _outcome(head.rstrip(" .!"))
    tails = _TAIL.split(bare)
    if len(tails) > 1:
        yield from _equation(tails[-1])
        yield tails[-1]
    yield from _lead(sentence)
    if head != bare:
        yield head
        yield from _equation(head)
        yield from _after_verbs(head)
    yield from _equation(bare)
    yield from _after_verbs(bare)
    if bare != sentence:
        yield from _after_verbs(sentence)


def _outcome(text: str) -> Iterator[str]:
    """The end of a sentence that states the outcome of what it says before: a sum, a change, a row of values."""
    if (made := _MAKES.search(text)) and numerals(text[: made.start()]) and _COMBINES.search(text, 0, made.start()):
        yield made[1]
    if changed := _CHANGED.search(text):
        yield changed[1].split(",")[0]
    if (last := _FINALLY.search(text)) and numerals(text[: last.start()]):
        yield last[1]


def _equation(text: str) -> Iterator[str]:
    """The sides of an equation that are single numbers, the last one first; without an operator if one is on a side."""
    sides = _SIDES.split(text)
    if len(sides) < 2:
        return
    if _labels(text) > 1:
        return  # `x = 3, y = 4` states two values
    yield sides[-1]
    yield from _lead(sides[-1])
    if _lone(sides[-1]) is None and _is_calculation(sides[-1]):
        yield sides[0]


def _labels(text: str) -> int:
    return sum(bool(_EQUATION_LABEL.match(re.split(r",|;|\band\b", side)[-1])) for side in _SIDES.split(text)[:-1])


def _is_calculation(text: str) -> bool:
    found = numerals(text)
    return len(found) > 1 and all(_OPERATORS.match(text[a.end : b.start]) for a, b in pairwise(found))


def _lead(sentence: str) -> Iterator[str]:
    """The number that a sentence begins with, apart from a label, if an explanation follows."""
    found = numerals(sentence)
    if not found or _labels(sentence) > 1:
        return
    first = found[0]
    if first.value is None:
        return
    after = sentence[first.end :]
    if _LEAD_LABEL.match(sentence[: first.start]) and _LEAD_END.match(after) and not _HEDGE_AFTER.match(after):
        rest = sentence[first.end : found[1].start] if len(found) > 1 else ""
        listed = re.match(r"^[)\]]?\s?,\s?(?:and\s)?$", rest) and not _GOES_ON_WITH_NUMBER.match(sentence, found[1].end)
        manner = after.startswith(",") and _MANNER.match(sentence)
        if not (_OPERATORS.match(rest) or listed or manner or _SUBJECT.match(after)):
            yield sentence[: first.end]


def _after_verbs(text: str) -> Iterator[str]:
    """The words after each verb, the last one first, up to an explanation."""
    for verb in list(_VERB.finditer(text))[::-1][:12]:
        tail = text[verb.end() :].strip()
        if not tail or _negated(text[: verb.end()]):
            continue
        yield tail
        yield from _equation(tail)
        yield from _lead(tail)


def _negated(before: str) -> bool:
    return bool(re.search(r"\b(?:not|n't|never)\s*\w{0,8}\s*$", before[-24:]))


def _lone(text: str) -> _Found | None:
    """The one number of a piece of text, if it asserts it."""
    found = numerals(text)
    if not found or _INTERVAL.search(text):
        return None
    values = {each.value for each in found}
    if len(values) != 1 or None in values:
        return None
    if any(_hedged(text, each) for each in found):
        return None
    pairs = list(pairwise(found))
    if any(_OPERATORS.match(text[a.end : b.start]) for a, b in pairs):
        return None
    if _leftover(text, found):
        return None
    # Of several spellings of one value, a fraction in lowest terms is the result.
    reduced = [each for each in found if each.division and not _reducible(text[each.start : each.end])]
    last = reduced[-1] if reduced and found[-1].division else found[-1]
    return _found_at(text, last)


def _found_at(text: str, numeral: Numeral) -> _Found:
    begin, end = numeral.start, numeral.end
    return _Found(numeral, text[begin:end], text[end : end + 40], text[max(0, begin - 60) : begin])


def _leftover(text: str, found: list[Numeral]) -> bool:
    """True if an operator or a root around the number shows that it is part of a formula."""
    before = text[: found[0].start].rstrip()
    after = text[found[-1].end :].lstrip()
    return bool(
        re.search(r"(?:[*/^\u221a]|[\w)\]]\s?[+]|-\s?[(|])$", before)
        or (before.endswith("|") and after.startswith("|") and text[found[0].start] == "-")
        or re.match(r"[*^\u221a\u03c0]|[+]\s?[\w(]|/\s?[\d(]|-\s?[a-z]\b", after)
        or "\u221a" in before
    )


def _hedged(text: str, each: Numeral) -> bool:
    return bool(
        _HEDGE_BEFORE.search(text, max(0, each.start - 48), each.start)
        or _HEDGE_AFTER.match(text[each.end : each.end + 40])
    )


def _counted(text: str) -> _Found | None:
    """The count in brackets behind a list of as many numbers: `13, 31, 33 (3 numbers)`."""
    match = _COUNT_ASIDE.search(text)
    if match is None:
        return None
    listed = [each for each in re.split(r"[,;]\s?(?:and\s)?|\sand\s", text[: match.start()]) if each.strip()]
    count = int(match[1])
    if len(listed) < 2 or len(listed) != count:
        return None
    return _Found(Numeral(Fraction(count), match.start(1), match.end(1)), match[1])


def _ordinal(text: str) -> _Found | None:
    """An ordinal that stands for a number: `the third step`; none in a text with numbers, or of many words."""
    if _NEGATION.search(text):
        return None
    found = ordinal(text) if len(text.split(maxsplit=9)) <= 8 and not numerals(text) else None
    if found is None or (found.value == 1 and len(text.split()) > 3):
        return None
    return _Found(Numeral(found.value, found.start, found.end), text[found.start : found.end])


def _right(found: _Found, key: AnswerKey) -> bool:
    if _left_to_do(found, key) or _repeats_question(found, key):
        return False
    if found.numeral.division and _LOWEST_TERMS.search(key.question) and _reducible(found.text):
        return False
    changed = _COMPARES.match(found.after) or _CHANGE_BEFORE.search(found.before)
    if changed and key.question and not _COMPARED.search(key.question):
        return False
    unit = factor_behind(found.after, key.question)
    if unit != 1 and _occurs(found.text, key.question):
        return False  # the question's own quantity, not converted
    return any(_same(found.numeral, answer, key, unit) for answer in key.texts)


def _same(found: Numeral, answer: str, key: AnswerKey, unit: Fraction) -> bool:
    expected = notation.number(answer)
    if expected is None or found.value is None:
        return False
    within = Fraction(repr(key.tolerance)) if key.answer_type is AnswerType.DECIMAL and key.tolerance else Fraction(0)
    values = [found.value * unit]
    question = key.question.casefold()
    if (
        found.percent
        and key.answer_type is not AnswerType.INTEGER
        and "percent" not in question
        and "%" not in question
    ):
        values = [found.value / 100] if abs(expected) <= 1 else [found.value / 100, found.value]
    if found.scale > 1 and re.search(r"\b(?:thousand|million|billion|trillion)s?\b", question):
        values.append(found.value / found.scale)
    return any(abs(expected - value) <= within for value in values)
