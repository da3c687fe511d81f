"""The pieces of a line that may assert its number.

They are tried in order: the sentence without its asides, the sides of its equation, the words before an explanation
(`5 is the first wrong step, since ...`), the words after the last verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.numerals import numerals

from .lone_numbers import HEDGE_AFTER, OPERATORS, lone_number

# Brackets, and what follows a dash.
_ASIDE = re.compile(r"\([^()\n]{0,400}\)|\[[^\[\]\n]{0,400}\]|(?<=\S)\s(?:--?|[\u2014\u2015])\s(?![\d(.]).*$")
_BRACKETED = re.compile(r"\s?\([^()\n]{0,80}\)\s?")
# The sum at the end of a sentence: `6 for the cups, 4 for the pens, 10 in all`.
_IN_ALL = re.compile(
    r"[,;:\u2014\u2013-]\s(?:and\s|so\s|or\s)?(?:"
    r"(?P<before>(?:[^,;:]|,(?=\d)){1,60}?)\s(?:in (?:all|total)|all ?together|all told|overall|combined)"
    r"|(?:in (?:all|total)|(?:all ?)?together|all told|total|sum)[,:]?\s(?P<after>[^,;:]{1,40}))\W*$",
    re.IGNORECASE,
)
# The same value in another unit: `86,258 metres, or about 86.3 km`.
_RESTATED = re.compile(
    r"(?<=\d)(\s[A-Za-z]{1,12}),?\sor\s(?:about|roughly|approximately|around)\s[\d.,]{1,12}(?!\1\b)\s[A-Za-z]{1,12}"
)
# The solution at the end of a sentence: `dividing by four, x = 19`.
_SOLVED = re.compile(r"[,;:]\s(?:so\s|and\s)?[a-z]\s?=\s?([^=;,\n]{1,30})$")
# What separates the sides of an equation.
_SIDES = re.compile(r"[=\u2248\u2261]|->|\b(?:equals|or about|which is|that is)\b")
# What may stand before the number in front of an explanation: a label, its noun, a mark.
_LEAD_LABEL = re.compile(
    r"""^[\s(\[\"'\#>*:-]{0,4}(?:(?:it|this|that|there|the|a|an|x|at|in|on|is|are|no|number|nr|of|answer)[\s.:=]{1,3}){0,4}
        (?:[^\W\d][\w'-]{0,20}[\s.:\#=(]{1,3}){0,3}
    (?:(?:is|are|was|were|(?:will|would)\sbe|becomes|equals)\s(?:(?:exactly|now|then)\s)?)?$""",
    re.IGNORECASE | re.VERBOSE,
)
# What may follow that number: a mark, a reason, words about it.
_LEAD_END = re.compile(
    r"""^(?:[)\]\"'*]{0,2}(?:[.:;,\u2013\u2014]|\s?[-\u2013\u2014]\s(?!\s?[\d(]))(?=\s|$|(?<=\s))|[)\]]\s|\)
    |\s?(?:\b(?:is|are|was|were|has|since|because|as|for|with|where|when|but|which|whose|not|instead|rather|given|due
            |from|so|of[ ](?:the|its|my|our|those|these|them|all)|out[ ]of|contradicts|contains|clashes|uses|does
            |should|cannot|says|states|violates)\b|\()
    |\s?[A-Za-z\u00b0%/^*]{1,12},\s\d[\d.,]*\s(?:\w{1,12}\s)?(?:more|less|fewer|after|before|above|below)\b
    |(?:\s?[A-Za-z\u00b0%/^\d*]{1,12})?,\s(?:an?\s(?:increase|decrease|rise|drop|change|gain|loss|reduction|third|quarter)
        |one\s(?:half|third|quarter|fifth|sixth|tenth)|half|twice|(?:up|down)\sfrom|compared)\s
    |\s?[A-Za-z\u00b0%/^\d*]{1,12}[,.;:]?\s
        (?:is|are|was|because|since|as|for|in|of|on|at|between|which|with|that|not|so|from|per
        |altogether|\())""",
    re.IGNORECASE | re.VERBOSE,
)
# Verbs and marks behind which a result stands.
_VERB = re.compile(
    r"""(?:\b|')(?:s(?<='s)|is|are|was|were|be|equals|makes?|gives?|giving|gets?|got|leaves?|leaving|yields?|totals?|costs?|pays?
        |prints?|has|have|becomes?|obtain|obtained|contains|needs?|moves?|takes?|means|reached?|find|found|of|so|hence
        |thus|therefore|(?:comes?|came|amounts?|adds?[ ]up|sums?(?:[ ]up)?|evaluates?|simplif(?:y|ies)|reduces?|goes
            |works[ ]out|equal|corresponds?)(?:[ ]out)?[ ](?:to|as|at)
        |(?:ends?|ended|winds?)[ ]up[ ](?:at|with|as|being)
        |(?<!to[ ])(?:goes|travels|covers|runs))\b
        (?:\s(?:exactly|only|just|about|approximately|again|now|then|equal[ ]to|equals?|x[ ]=)\b)?|[:\u2192]|->""",
    re.IGNORECASE | re.VERBOSE,
)
# Words that open a reason or a contrast.
_EXPLAINS = re.compile(
    r",?\s(?:where|since|because|as|whereas|while|although|though|but not|not|and not|instead of|rather than|due to"
    r"|versus|vs\.?|given that|for|which|(?:if|when) (?:you|we|one|I)"
    r" (?:multiply|add|subtract|divide|count|sum|combine|solve|compute|calculate|convert|work))\b"
    r"|:\s(?=-?[\d.]+(?:\s?[-+*/]\s?-?[\d.]+)+\W*$)"
    r"|,\san?\s(?:increase|decrease|rise|drop|reduction|gain|loss|change)\sof\b",
    re.IGNORECASE,
)
# Words that open the outcome: `..., which makes 12`.
_TAIL = re.compile(
    r",?\s(?:so|hence|thus|therefore|giving|meaning|which (?:gives|brings|makes|means|leaves|yields|equals"
    r"|is(?=\s(?:[a-z]{2,16}\s){0,2}[-$(]?\d))|that (?:gives|makes|leaves|is)|making"
    r"|leaving|for a total of|in total|altogether)\b[ ,:]",
    re.IGNORECASE,
)
# A clause before the main one: `If 3 are taken off, 5 remain`.
_CONDITION = re.compile(r"(?:if|when|after|once|since|as|because)\s[^,;:]{3,100},\s(?=\D{0,80}\d)", re.IGNORECASE)
# The last clause: `..., and without the whole part, the fraction is 1/12`.
_LAST_CLAUSE = re.compile(
    r",\s(?:and|so|hence|thus|therefore)\s[^;:]{0,80}?\b(?:the|our)\s[a-z]{2,20}\s(?:is|equals)\s([^;:,=]{1,40})$"
)
# `...; now it is 90`, `...; with 12 more there are 102`.
_NOW = re.compile(
    r";\s[^;:]{0,60}\b(?:there\s(?:are|is)|(?:it|that|this)(?:'s|\sis)|makes|leaves|gives)\s([^;:,=]{1,40})$",
    re.IGNORECASE,
)
_BREAKDOWN = re.compile(r":\s|(?<=[A-Za-z])\s[-\u2013\u2014]\s(?=\d+\s[A-Za-z])")
NEGATION = re.compile(r"\b(?:not|never|neither|isn't|nor)\b", re.IGNORECASE)
_EQUATION_LABEL = re.compile(r"^\s?[A-Za-z_\u03b1-\u03c9]\w{0,12}\s?$")
# The result of a sum in words: `13 on Monday plus 4 on Tuesday makes 17`.
_MAKES = re.compile(
    r"\b(?:makes?|gives?|equals?|totals?|yields?|(?:adds?|sums?)\s(?:up\s)?to|(?:comes?|amounts?)\sto)\s([^.;:=]{1,60})$",
    re.IGNORECASE,
)
# The last of several values: `first 9, then 4 and finally 6`.
_FINALLY = re.compile(r"\b(?:finally|eventually|lastly|in the end)\b,?\s([^.;,:]{1,60})$", re.IGNORECASE)
_COMBINES = re.compile(r"\b(?:plus|minus|times|and|of|together|by)\b", re.IGNORECASE)
# The later value of a change: `falls from 6 to 2`.
_CHANGED = re.compile(
    r"\b(?:drops?|falls?|goes|leads?|rises?|climbs?|grows?|shrinks?|changes?|decreases?|increases?|sinks?|comes?|moves?|brings?|takes?"
    r"|lowers?|raises?|reduces?)\b[^.;:,]{0,40}?\bfrom\s[^.;:,]{1,40}?\sto\s([^.;:]{1,40})$",
    re.IGNORECASE,
)
# The value to which something is brought: `which brings the price up to 30`.
_BROUGHT = re.compile(
    r"\b(?:brings?|raises?|pushes|lowers?|reduces?|takes?)\s(?:the\s|its\s|it\b)[^.;:,\d]{0,40}?\bto\s([^.;:]{1,40})$",
    re.IGNORECASE,
)
# A number with its own value behind it: `2103 is 278`, `2103 (octal) = 1091`.
_SUBJECT = re.compile(
    r"^[)\]]?\s?(?:\([^()]{0,40}\)\s?)?(?:in\s[a-z]{1,12}\s)?(?:is|equals)\s(?:equal\sto\s)?"
    r"(?:[-$(*]{0,3}\d|(?:twen|thir|for|fif|six|seven|eigh|nine)ty\b|(?:one|two|three|four|five|six|seven|eight|nine)\s(?:hundred|thousand|million)\b)"
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


def candidates_of(text: str) -> Iterator[str]:
    """The pieces of a line that may assert its number, the most complete first."""
    if "I" in text and (decides := _DECIDES.search(text)):
        yield decides[1]
    text = _RESTATED.sub(r"\1", text)
    yield text
    if total := _total(text):
        yield total
    if clause := _LAST_CLAUSE.search(text.rstrip(" .")) or _NOW.search(text.rstrip(" .")):
        yield clause[1]
    if in_all := _IN_ALL.search(text):
        yield in_all["before"] or in_all["after"]
    if (solved := _SOLVED.search(text.rstrip(" ."))) and _labels(text) < 2:
        yield solved[1]
    but = _BUT.search(text) if ", " in text else None
    if but and numerals(but[1]) and not _UNREAL.search(but[1]) and not NEGATION.search(but[1]):
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
    if condition := _CONDITION.match(bare):
        bare = bare[condition.end() :]
        yield from _equation(bare)
        yield from _after_verbs(bare)
    tails = _TAIL.split(bare)
    if len(tails) > 1:
        yield from _equation(tails[-1])
        yield tails[-1]
    yield from _lead(bare if condition else sentence)
    if head != bare:
        yield head
        yield from _equation(head)
        yield from _after_verbs(head)
    yield from _equation(bare)
    yield from _after_verbs(bare)
    if bare != sentence:
        yield from _after_verbs(sentence)


def _total(text: str) -> str:
    """The number before a colon or a dash that is the sum of those behind it: `14 beads: 5 red, 5 blue, 4 green`."""
    lead, *parts = _BREAKDOWN.split(text, maxsplit=1)
    before, values = numerals(lead), [each.value for each in numerals(parts[0])] if parts else []
    if not before or len(values) < 2 or None in values:
        return ""
    last = before[-1]
    return lead[last.start : last.end] if last.value == sum(filter(None, values)) else ""


def _outcome(text: str) -> Iterator[str]:
    """The end of a sentence that states the outcome of what it says before: a sum, a change, a row of values."""
    if (made := _MAKES.search(text)) and numerals(text[: made.start()]) and _COMBINES.search(text, 0, made.start()):
        yield made[1]
    if changed := _CHANGED.search(text):
        yield changed[1].split(",")[0]
    if brought := _BROUGHT.search(text):
        yield brought[1]
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
    if lone_number(sides[-1]) is None and _is_calculation(sides[-1]):
        yield sides[0]


def _labels(text: str) -> int:
    return sum(bool(_EQUATION_LABEL.match(re.split(r",|;|\band\b", side)[-1])) for side in _SIDES.split(text)[:-1])


def _is_calculation(text: str) -> bool:
    found = numerals(text)
    return len(found) > 1 and all(OPERATORS.match(text[a.end : b.start]) for a, b in pairwise(found))


def _lead(sentence: str) -> Iterator[str]:
    """The number that a sentence begins with, apart from a label, if an explanation follows."""
    found = numerals(sentence)
    if not found or _labels(sentence) > 1:
        return
    first = found[0]
    if first.value is None:
        return
    after = sentence[first.end :]
    if _LEAD_LABEL.match(sentence[: first.start]) and _LEAD_END.match(after) and not HEDGE_AFTER.match(after):
        rest = _BRACKETED.sub(" ", sentence[first.end : found[1].start]) if len(found) > 1 else ""
        listed = re.match(r"^[)\]]?\s?,\s?(?:and\s)?$", rest) and not _GOES_ON_WITH_NUMBER.match(sentence, found[1].end)
        manner = after.startswith(",") and _MANNER.match(sentence)
        if not (OPERATORS.match(rest) or listed or manner or _SUBJECT.match(after)):
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
    return bool(re.search(r"(?:\b(?:not|never)|n't)\s*\w{0,8}\s*$", before[-24:]))
