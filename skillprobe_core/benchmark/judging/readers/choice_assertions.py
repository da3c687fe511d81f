"""The words around a letter that state it, rule it out, hedge it or take it back."""

from __future__ import annotations

import re

from . import english
from .choice_mentions import Mention

_CONTEXT = 160
_RULED_OUT_BEFORE = re.compile(
    r"(?:\bnot|n't|\bnever|\bno|\bneither|\bnor|\bcannot|\bcan't be|\bisn't|\brul(?:e|es|ed|ing) out|\bexclud\w+|"
    r"\beliminat\w+|"
    r"\breject\w*|\b(?:anything|everything|all) but|\binstead of|\brather than|\bthan|\bunlike|"
    r"\bagainst|\bover|\bexcept|\bdiscard\w*|\bwrong:?|不选|不是|不能选|排除|而非|而不是|并非)"
    r"\s*(?:be|is|to|both|for|it's|option|options|choice|choices|letter|answer|the|either|:)*\s*[(\[\"'*]*$",
    re.IGNORECASE,
)
_RULED_OUT_AFTER = re.compile(
    r"[)\]\"'*.:]*\s*(?:contradict|fail|conflict|violate|do not|does not|don't|doesn't|"
    r"错|不对|不正确|不符|被排除|除外|不选)",
    re.IGNORECASE,
)
# `B) ... is tempting, but we can rule it out`.
_LET_GO = re.compile(
    r"[^.!?;\n]{0,140}\b(?:but|so|and)\b[^.!?;\n]{0,60}\b(?:(?:rul|leav)(?:e|es|ed|ing)\s(?:it|that|this)\sout|(?:it|that|this)(?:'s|\sis)"
    r"\s(?:ruled\s)?out|(?:eliminate|exclude|discard|reject)[sd]?\s(?:it|that|this))\b",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"(?:\b(?:is|be|was|answer|answers|option|choice|letter|choose|chose|chosen|pick|picked|select|selected|mark|say|state|"
    r"states|go with|went with|going with|goes for|go for|it's|that's|in|to|into|remains|leaves|therefore|thus|hence|"
    r"so|"
    r"means|namely|clearly|surely|definitely|certainly|must be|correct|right|final|take|only)|"
    r"[:=>]|->|选|選|是|为|為|答案|"
    r"因此|所以|故|应|即|选项|選択肢|は|은|는|이|は|が|正解は|,|，)"
    r"\s*(?:the\s+|an?\s+|option\s*|choice\s*|letter\s*|state\s+|answer\s+|选项\s*|probably\s+|likely\s+)*:?\s*[(\[\"'*`]*$",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r"[)\]\"'*.:]*\s*(?:(?:is|was|would be|must be|should be|has to be|seems|looks|gives|holds|matches|fits|works)\s+"
    r"(?:(?:the|clearly|therefore|thus|indeed|obviously|definitely|only|my|our|surely|also|certainly|single|one|option)\s+)*"
    r"(?:correct|right|true|best|answer|one|choice|option|final|most|what)"
    r"|(?:fits|matches|works)\b|是正确|正确|选项|是对|项|입니다|이다|です|が正|が答|对)",
    re.IGNORECASE,
)
_ENDS_SENTENCE = re.compile(r"[)\]\"'*`]*\s*(?:$|[.。!\n]|(?:(?:at|in) the end|again|now|finally|after)\b)")


def _before(text: str, place: int) -> str:
    return re.split(r"[.;!?\n]\s|\n", text[max(0, place - _CONTEXT) : place])[-1]


def ruled_out(text: str, group: list[Mention]) -> bool:
    """True for letters that words before or behind them rule out."""
    before, after = _before(text, group[0].start), text[group[-1].end : group[-1].end + _CONTEXT]
    if _RULED_OUT_BEFORE.search(before) and not re.search(r"\bno\s*[.,:]\s*$", before, re.IGNORECASE):
        return True
    if after[:1] in {")", ":", "."} and re.match(r"\W+(?:wrong|incorrect|false|impossible|invalid)\b", after):
        return False  # the words of the option
    if _LET_GO.match(after):
        return True
    after = after.lstrip(")]\"'*")
    return bool(
        english.TO_BE_WRONG.match(after)
        or _RULED_OUT_AFTER.match(after)
        or re.match(r"\s*\?\s*no\b", after, re.IGNORECASE)
    )


def is_corrected(between: str) -> bool:
    """True if one of the clauses between two letters takes the first one back."""
    return any(english.CORRECTION.match(between, place) for place in _sentence_starts(between))


def is_hedged(between: str) -> bool:
    """True for the words of an option, then `or`: `B) Rabat or C) Lima`."""
    if re.match(r"\s*(?:,\s*|/\s*)?(?:or|and)\s+(?:maybe|perhaps|possibly|option)?\s*\(?$", between):
        return True
    words = english.tokens(between)
    joined = re.search(r"\b(?:or|and)\s+(?:option\s+|choice\s+)?[(\[]?$", between) is not None
    return joined and len(words) <= 10 and not set(words) & (english.VERBS | english.REASONS | english.DENIALS)


def _sentence_starts(text: str) -> list[int]:
    return [match.end() for match in re.finditer(r"[.;,!?)\n-]\s*", text)][:20]


def is_stated(text: str, group: list[Mention]) -> bool:
    """True for letters that the words around them state as the answer."""
    before, after = _before(text, group[0].start), text[group[-1].end : group[-1].end + _CONTEXT]
    if _PREDICATE.match(after):
        return True
    if not _CUE.search(before):
        return False
    if before.rstrip(" ([\"'*`").endswith((",", "in", "to")) and len(before) > 1:
        return _ENDS_SENTENCE.match(after) is not None
    return True


def corrects(text: str, place: int) -> bool:
    """True if the sentence or clause before a place takes back what was stated earlier."""
    return any(english.CORRECTION.match(text, start) for start in _sentence_starts(text[:place]))


def stands_out(text: str, mention: Mention) -> bool:
    """True for a letter in brackets or at the end of a line."""
    before, after = text[mention.start - 1 : mention.start], text[mention.end :]
    return (before == "(" and after[:1] == ")") or re.match(r"[).:\"'*。]*\s*(?:$|\n)", after) is not None
