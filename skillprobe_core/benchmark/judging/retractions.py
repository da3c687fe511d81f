"""Answers that a completion takes back: `12? No, 13`, `A. Actually it is B.`, `not 12 but 13`."""

from __future__ import annotations

import re

_OPENER = r"(?:oh\s|but\s|hmm+[,.!\s]{1,4}|oops[,.!\s]{1,4}|um+[,.\s]{1,3}){0,2}"
_DASHES = r"[,.:!\u2026\u2014\u2013\s-]"
_RETRACTION = re.compile(
    rf"""(?:(?<=[.!?\n;])|(?<=[.!?;]["')*])|(?<=\ [-\u2013\u2014])|(?<=[,(])|^)\s{{0,8}}[*_>]{{0,2}}{_OPENER}
    (?:(?:wait|hold\ on|hang\ on|no\ wait|sorry|oops|hmm+|actually|no(?!\s(?:[a-z]{1, 12}\s)?(?:mistake|error|slip)))\b
        (?:{_DASHES}{{1,4}}(?:wait|no|actually|sorry)\b){{0,2}}{_DASHES}{{0,4}}
        (?=[^\n]{{0,100}}?\b(?:not\s(?:right|correct|quite|true|the\sanswer)|wrong|incorrect|mistaken?|error|forgot
            |missed|overlooked|miscounted|misread|slip|(?:should|must|has\sto)\sbe|redo|recompute|recalculate|recount
            |instead|try\sagain|start\s(?:over|again)|that's\snot|that\sis\snot|can't\sbe|cannot\sbe
            |it(?:'s|\sis|\swas)|(?:that|this)\s(?:makes|gives|was)
            |the\s(?:correct\s|right\s|final\s|real\s|true\s)?(?:answer|result|total|number|value|sum|count)\s
                (?:is|was|should))\b)
      |(?<=\?\ )let(?:\sme|'s|\sus)\s(?:double[-\ ])?(?:check|verify|see|recount|recompute|recalculate|redo)\b
          [^\n.!?:\u2026]{{0,40}}[.!:\u2026]{{1,3}}(?=\s{{0,2}}\S)
      |no[,\s\u2026\u2014\u2013-]{{1,4}}(?=[^\s\w]?\d)|no,\s(?=\S)|sorry,\s(?=\S{{1,12}}\.?\s*$)
      |no\.\s(?=\S{{1,12}}\.?\s*$)|actually,?\s(?=\S{{1,12}}\.?\s*$)|or\srather,?\s|i\smean,?\s|make\sthat\s
      |correction\b[:,]?|scratch\sthat\b|i\s(?:take|took)\s(?:that|it)\sback|on\ssecond\sthought\b
      |i\s(?:made|have\smade)\s[^\n.]{{0,20}}(?:mistake|error|slip)
      |(?:my|the)\s(?:previous|first|earlier|above)\sanswer\s(?:is|was)\s(?:wrong|incorrect)
      |i\s(?:was\swrong|miscounted|misread|forgot|missed|overlooked)\b
      |(?:that|this)(?:\sis|'s|\swas)\s(?:not\sright|not\scorrect|wrong|incorrect|a\smistake)[.!,]?\s{{1,4}}
          (?:let\sme|i\s|it\s(?:is|should)|the\s(?:right|correct|answer)))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HINT = re.compile(
    r"\b(?:wait|hold on|hang on|no|sorry|oops|hmm+|actually|rather|mean|make that|correction|scratch|take|took|thought"
    r"|made|previous|first|earlier|above|wrong|incorrect|mistake|miscounted|misread|forgot|missed|overlooked|not|let)\b",
    re.IGNORECASE,
)
_READ_CHARACTERS = 4000
_CONFIRMED = re.compile(
    r"\b(?:(?:that|it|this|which)(?:'s|\sis|\swas)\s(?:right|correct|fine|indeed|the\ssame)|checks?\sout|is\sindeed"
    r"|(?:is|was)\s(?:right|correct)\safter\sall|still\s(?:get|holds|correct|right)|confirm(?:s|ed)?\b|same\s(?:answer|result))",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(r"\bnot\s[^\n.;]{1,60}?,?\s(?:but|rather|instead)\s(?:rather\s|it\sis\s)?", re.IGNORECASE)


def last_retraction(text: str) -> int:
    """The end of the last words in which the text takes back what it said before; -1 if it takes nothing back."""
    if not _HINT.search(text):
        return -1
    begin = max(0, len(text) - _READ_CHARACTERS)
    found = -1
    for match in _RETRACTION.finditer(text, begin):
        if text[: match.start()].strip(" \t\r\n*_`\"'([{$"):
            found = match.end()
    if found >= 0 and _CONFIRMED.search(text, found) and not re.search(r"\d", text[found:]):
        return -1
    return found


def kept(text: str) -> str:
    """The part of a statement that stands: after its last retraction, or after `not X but`."""
    place = last_retraction(text)
    text = text[place:].strip() or text if place > 0 else text
    contrast = _NOT_BUT.search(text)
    return text[contrast.end() :] if contrast and text[contrast.end() :].strip() else text
