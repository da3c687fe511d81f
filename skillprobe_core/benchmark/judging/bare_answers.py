"""An answer without a sentence before its explanation: a bare first line, a number, a displayed formula."""

from __future__ import annotations

import json
import re

from .last_block import BULLET
from .worded_numbers import value_of_words

_BARE = re.compile(
    r"""^[\s>\#]{0,4}(?:\*\*[^*\n]{1,60}(?<!:)\*\*[^\n]{0,60}|\(?[A-Z][).:]\s[^\n]{1,60}|\([A-Z]\)[^\n]{0,60}|[A-Z]
        |`[^`\n]{1,60}`|\$?-?\d[\d,./]{0,20}\$?(?:\s?%)?(?:\s[A-Za-z]{1,12}){0,2}
        |(?P<words>(?:[^\W\d][\w'-]{0,20}[ ]?){1,4}))[.!]?\s*$""",
    re.VERBOSE,
)
# An object without others in it, and the names of its entries that explain.
_OBJECT = re.compile(r"(?:\A|\n)\s*(\{[^{}]{1,2000}\})\s*(?:```)?\s*\Z")
_REASON_NAME = re.compile(r"reason|expla|work|step(?!\b)s|note|check|confidence|thought|comment", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_FIRST_POINT = re.compile(r"\s{0,4}1[.)]\s")
_BOLD_LINE = re.compile(r"\s{0,4}\*\*[^*\n]{1,60}\*\*\s*")
_BOLD_LINES = re.compile(r"^[ \t]{0,4}\*\*[^*\n]{1,60}\*\*[ \t]*$", re.MULTILINE)
# A number that is not the mark of a first point.
_BARE_NUMBER = re.compile(
    r"\*{0,2}(?!1[.])-?\$?\d[\d,./]{0,20}(?:\s(?!(?:is|are|was|has)\b)[A-Za-z]{1,12}){0,2}\*{0,2}[.!](?=\s+\S)"
)
_REVISES = re.compile(
    r"\b(?:so|therefore|thus|hence|then)\b[^\n\d:;]{0,60}\d|\b(?:actually|instead|wait|but|rather|not|no|hmm|correct|wrong)\b"
    r"|\b2[.)]\s\S|n't\b",
    re.IGNORECASE,
)
_WORDED_NUMBER = re.compile(r"([A-Za-z]{3,12}(?:[ -][A-Za-z]{3,12}){0,11})[.!]\s+(?=\S)")
_DISPLAY = re.compile(
    r"\$\$[ \t]*\n?([^$\n]{1,400})\n?[ \t]*\$\$|\\\[[ \t]*\n?([^\n]{1,400}?)\n?[ \t]*\\\]"
    r"|```[a-z]{0,8}\n([^\n`(]{1,400})\n```"
)
# The result of a written calculation in a code block, below its line.
_WRITTEN = re.compile(r"^[ \t]*[-=_\u2500\u2014]{2,}[ \t]*\n[ \t]*(-?\d[\d.,]{0,30})[ \t]*\n[ \t]*```", re.MULTILINE)
_IN_BRACKETS = re.compile(r"\([^()\n]{0,200}\)")
_NUMBER = re.compile(r"\d+")
# A remark that goes on to another number, or takes back what it remarks on.
_DRAWS_NUMBER = re.compile(
    r"=|\b(?:wait|actually|instead|but|rather|hmm|wrong|not|no|however|only)\b|n't\b"
    r"|\b(?:so|therefore|thus|hence|then|answer|result|total)\b[^.\n]{0,100}\d",
    re.IGNORECASE,
)
# A remark on a written calculation that gives another result.
_CORRECTS = re.compile(
    r"=|\b(?:wait|actually|instead|but|rather|hmm|wrong|not|no|however|answer|result|total)\b|n't\b", re.IGNORECASE
)
_OPENS = re.compile(
    r"^[\s*#>]{0,6}(?:step|let|first|sure|okay|ok|to\s|we\s|i\s|solution|given|here|well|calculation|reasoning|explanation"
    r"|think|start|now|yes,\s(?:let|i)|certainly|of\scourse|great|the\s|understand|analysis|approach|working|check|so\s"
    r"|thus|then|hence|therefore|this|that|it\s|these|there|from|by\s|for\s|if\s|when|as\s|because|since|after|before)",
    re.IGNORECASE,
)


def bare_answer(body: str, lines: list[str]) -> str:
    """The bare answer with which a text begins, or a line, or that it displays; empty if there is none.

    Args:
        body: The text.
        lines: Its lines that are not blank.
    """
    fenced = body.lstrip().startswith("```") and len(lines) > 2
    if value := _of_object(body):
        return value
    if len(lines) > 1 and not fenced and _is_bare(lines[0], body) and not _BARE.match(lines[-1]):
        return lines[0].strip()
    if paragraph := _bare_paragraph(body):
        return paragraph
    listed = len(lines) > 1 and BULLET.match(lines[-2])
    return (not listed and _bare_sentence(lines[-1])) or _displayed(body)


def _of_object(body: str) -> str:
    """The first value of the JSON object at the end of a text that also gives reasons, without these."""
    written = _OBJECT.search(body) if "}" in body[-8:] else None
    try:
        found = json.loads(written[1]) if written else {}
    except ValueError:
        return ""
    values = [value for name, value in found.items() if not _REASON_NAME.search(name)]
    alike = [value for value in values if type(value) is type(values[0])]
    value = alike[0] if len(values) < len(found) and len(alike) == 1 else None
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value) if isinstance(value, int | float | str) else ""


def _bare_paragraph(body: str) -> str:
    """The bare answer that is a paragraph of its own between one line before it and remarks behind it."""
    lead, first, *rest = [*(part.strip() for part in _PARAGRAPHS.split(body, maxsplit=3)), "", ""][:4]
    if "\n" in lead or "\n" in first or not any(rest) or not _OPENS.match(lead):
        return ""
    alone = not any(_BARE.match(line) for line in "\n".join(rest).splitlines())
    return first if alone and _is_bare(first, body) else ""


def _bare_sentence(line: str) -> str:
    """The number with which a line begins, if sentences follow that only explain it: `88. Add 8 to the ones.`"""
    worded = _WORDED_NUMBER.match(line) if line[:1].isalpha() else None
    if worded and value_of_words(worded[1]) is not None:
        return "" if _REVISES.search(line, worded.end()) else worded[1]
    number = _BARE_NUMBER.match(line)
    return number[0] if number and not _REVISES.search(line, number.end()) else ""


def _displayed(body: str) -> str:
    """The line of the last displayed formula or code block, if only remarks on its numbers follow."""
    if "```" in body and (written := list(_WRITTEN.finditer(body))):
        return written[-1][1] if not _CORRECTS.search(body, written[-1].end()) else ""
    displays = list(_DISPLAY.finditer(body)) if "$$" in body or "\\[" in body or "```" in body else []
    if not displays:
        return ""
    shown = next(part for part in displays[-1].groups() if part is not None).strip()
    rest = _IN_BRACKETS.sub(" ", body[displays[-1].end() :])
    if not rest.strip(" \t\r\n.") or _DRAWS_NUMBER.search(rest):
        return ""
    known = set(_NUMBER.findall(rest)) <= set(_NUMBER.findall(shown))
    return shown if known else ""


def _is_bare(line: str, body: str) -> bool:
    """True for an answer without a sentence; plain words are one only if a blank line sets them apart."""
    bare = _BARE.match(line)
    if bare is None or _OPENS.match(line) or line.rstrip(" *_").endswith(":"):
        return False
    if _FIRST_POINT.match(line) or (_BOLD_LINE.fullmatch(line) and len(_BOLD_LINES.findall(body)) > 1):
        return False  # the first of several points or headings
    return not bare["words"] or not body.split(line, 1)[1].split("\n", 2)[1:2][0].strip()
