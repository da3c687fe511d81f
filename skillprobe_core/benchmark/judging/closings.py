"""Remarks after an answer that are not part of it: notes, checks, offers of help."""

from __future__ import annotations

import re

_CLOSING = re.compile(
    r"""^[\s*_>\#-]{0,6}(?:
    (?:i\s)?hope\s(?:this|that|it)|let\sme\sknow|feel\sfree|if\syou\s(?:have|need|want|would)|thank(?:s|\syou)|good\sluck
    |happy\sto|is\sthere\sanything|do\syou\shave|would\syou\slike|please\s(?:let|note)|glad\s|you're\swelcome
    |have\sa\s(?:nice|great|good)
    |(?:note|notes|remark|p\.?s\.?|caveat|disclaimer|explanation|breakdown|reason(?:ing)?|justification|source|reference|tip
        |fun\sfact|confidence|certainty|check|checking|verification|verify|proof|sanity\scheck|double[ -]check|time
        |difficulty|score|points|tokens)
       (?:\s(?:level|score|\(.{0,20}\)))?[*_]{0,2}\s?:
    |(?:invalid|excluded|rejected|discarded|not\s(?:valid|allowed|possible|included)|ruled\sout)(?:\s[a-z]{1,14})?[*_]{0,2}\s?:
    |(?:all|each|both|none)\sof\s(?:them|these|those)\s(?:end|start|begin|contain|visit|use|pass)s?\b
    |note\sthat|(?:this|that)\s(?:is|was)\s(?:everything|all|it|correct|the\s(?:final|end|complete|answer))
    |(?:these|those)\sare\s(?:all\s(?:of\s)?the|the\sonly)\s[a-z][^\n,;:]{1,80}(?:,\s(?:since|because|as)\s[^\n]*)?$|(?:we|you|i)\scan\s(?:check|verify|confirm)\b
    |that's\s(?:it|all)|this\s(?:uses|used|took|needed|completes|concludes|ends)
    |(?:we|i)\s(?:can|could)\s(?:check|verify|confirm)|i\s(?:have\s)?(?:checked|verified)(?![^\n]{0,160}?\b(?:so|therefore|hence|thus)\b)|to\s(?:check|verify|confirm)
    |let(?:\sme|'s|\sus)\s(?:check|verify|double)
    |(?:(?:by|when|as\sa\scheck,?)\s)?(?:substituting|plugging|putting|inserting)\s[^\n.]{0,40}?\bback\b
    |easy\sto\s(?:check|verify)|both\ssides\s(?:are|equal|give|come)\b
    |because\s
    |\(?(?:(?:if|unless|otherwise|had)\b|without\s)[^\n]{0,200}(?:\b(?:would|could|might)\b|'d\b)
    |(?:checking|verifying)\b(?![^\n]{0,160}?\b(?:left\swith|gives?|leaves?|yields?|shows|results|we\s(?:get|find|see|have)))|as\sa\s(?:quick\s)?check\b
    |(?:q\.e\.d|qed)\b|done[.!]*\s*$|\u220e|\u2713|\u2714|\u2705|[\U0001f300-\U0001faff]|[\u263a\u2728\u2b50\u2764\ufe0f\U0001f1e6-\U0001f1ff]{1,8}\s*$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Nothing behind these belongs to the answer.
_FAREWELL = re.compile(r"(?:i\s)?hope\s(?:this|that|it)\b|let\sme\sknow\b|feel\sfree\b", re.IGNORECASE)
# A remark of several words in brackets after the last sentence.
_BRACKETED = re.compile(
    r"\s*\((?![^()]{0,400}\banswer\b)(?=[^()]{0,80}[a-z]{2}[^()\s]{0,40}\s[^()]{0,80}[a-z]{2}|\d+(?:\s[-+*/]\s\d+)+\))"
    r"[^\s()]{1,40}(?:\s[^\s()]{1,40}){1,40}\)[.!]?\s*$",
    re.IGNORECASE,
)
_EMOJI = re.compile(
    "(?<=[^\\s])\\s*[\u263a\u2728\u2b50\u2764\ufe0f\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]{1,8}\\s*$"
)
_CONFIDENCE = re.compile(
    r"^[\s*_>#-]{0,6}(?:confidence|certainty|score|points|difficulty|time|tokens)\b[^\n:]{0,20}:", re.IGNORECASE
)
# A heading over the lines of a check.
_CHECKS = re.compile(
    r"[\s*_#]{0,6}(?:check|checking|verification|verify|proof|sanity check)[*_\s]{0,4}:[*_\s]{0,4}"
    r"|\s{0,3}#{1,6}\s(?:check|checking|verification|proof|sanity check)\s*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?:(?<=[^\W\d]{2})|(?<=\s[a-z])|(?<=\d\s[A-Z])|(?<=[\d)\]*`\"'$\u2713\u2714\u2705\u00b0%]))[.!?](?=\s+(?:\*{0,2}[A-Z]|\((?![A-Za-z\d]{1,2}\))))|(?<=[\u3002\uff01\uff1f])"
)


def without_closings(text: str) -> str:
    """The text without the closing remarks at its end; the text itself if it has nothing else."""
    lines = text.rstrip().splitlines()
    kept = next((place for place, line in enumerate(lines) if place and _CHECKS.fullmatch(line)), len(lines))
    while kept and (not lines[kept - 1].strip() or _CLOSING.match(lines[kept - 1])):
        kept -= 1
    if kept > 1 and ")" in lines[kept - 1][-3:] and _BRACKETED.match(lines[kept - 1]):
        kept -= 1
    if not kept:
        return "" if all(not line.strip() or _CONFIDENCE.match(line) for line in lines) else text
    *_, last = lines[:kept]
    sentences = sentences_of(last if last.isascii() else _EMOJI.sub("", last))
    farewells = [number for number, each in enumerate(sentences) if number and _FAREWELL.match(each)]
    count = min(farewells, default=len(sentences))
    while count > 1 and (_CLOSING.match(sentences[count - 1]) or _BRACKETED.match(sentences[count - 1])):
        count -= 1
    return "\n".join([*lines[: kept - 1], " ".join(sentences[:count])])


def sentences_of(line: str) -> list[str]:
    """The sentences of a line; `J. S. Bach` and `St. Louis` stay together, since an initial ends no sentence."""
    found, begin = [], 0
    for end in _SENTENCE.finditer(line):
        found.append(line[begin : end.end()].strip())
        begin = end.end()
    return [*found, line[begin:].strip()] if line[begin:].strip() or not found else found
