"""The places of a completion that are marked as its answer: boxes, tags and answer lines."""

from __future__ import annotations

import re
from typing import NamedTuple

from .last_block import BULLET
from .retractions import last_retraction

_CUE = re.compile(
    r"""(?P<hash>\#{4})(?!\#)
    |(?P<strong>(?<!\bto\s)(?<![^\W_])answers?\b["'\s*_`]{0,4}(?:[:=\uff1a]|\((?=[^\n()]{0,20}\)[*_\s]{0,4}:)[^\n()]{0,20}\)[*_\s]{0,4}:))
    |(?P<heading>^[ \t]{0,4}[#*_]{0,6}[ \t]?(?:(?:the|my)[ ])?(?:final[ ])?answer[ \t]?[*_#]{0,4}[ \t]*$)
    |(?P<bare>^[ \t]{0,4}[*_]{0,3}(?:final[ ])?answer[*_]{0,3}[ ](?:[-\u2013\u2014][ ](?=\S)|(?=[-\d$(\[])))
    |(?P<weak>\banswers?\b(?!,\s(?:but|though|although)\b)[^\n.:=]{0,60}?\b(?:is|are|be|equals|was)\b
        (?![*\s]{0,3}:?\s?(?:correct|right|wrong|incorrect|unique|valid|verified|confirmed|clear|obvious|consistent
            |independent|reasonable|as[ ]expected|given[ ]by|found[ ]by|obtained)\b)[*\s]{0,3}:?)
    |(?P<noun>^[ \t]{0,4}[*_#]{0,4}[ ]?(?:(?:final|end)[ ](?:result|value|output|count|total|sum|list|order|verdict
            |choice)|result|conclusion|output|ans|final)[ ]?[*_]{0,3}[:=][*_]{0,3})
    |(?P<foreign>(?:\u7b54\u6848|\u7b54\u3048|\u6b63\u89e3|\uc815\ub2f5|\ub2f5)\s?(?:\u5e94\u8be5\u662f|\u662f|\u4e3a|\u70ba|\u306f|\uc740|\ub294|[:\uff1a])\s?[:\uff1a]?
        |\b(?:antwort|respuesta|r\u00e9ponse|risposta|resposta)\b[^\n.:=]{0,20}?(?::|\b(?:ist|es|est|\u00e8|\u00e9)\b))""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_CUE_STARTS = ("####", "answer", "ans", "final", "end", "result", "conclusion", "output", "\u7b54", "\u6b63", "\uc815",
               "\ub2f5", "antwort", "resp", "r\u00e9p", "risp")  # fmt: skip
_CLOSING_QUOTE = re.compile(
    r"\s?['\"\u2019\u201d](?=\s|$)|\s?[\[<(]\s?(?:your|the|final|insert)[ _]?(?:final[ _])?answer\b"
)
_TAG = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.IGNORECASE | re.DOTALL)
# `not a mammal.` but not `not 12 but 13`.
_DENIED = re.compile(r"n't\b|\b(?:not|never|cannot)\b", re.IGNORECASE)
# `If it were balanced, the answer would be 0`; `otherwise the answer is 3`.
_UNREAL = re.compile(
    r"(?:\bif\b[^.!?\n]{0,200}\b(?:were|had|was|did)\b[^.!?\n]{0,200}|\botherwise\b[^.!?\n]{0,40})$", re.IGNORECASE
)
_WOULD = re.compile(r"\b(?:would|might|could)\b|\botherwise\b", re.IGNORECASE)
MARKUP = " \t\r*_`$\\[](){}>"
_TRAILING = re.compile(r"[\"'\s,]*\}\s*$")


class Mark(NamedTuple):
    """A marked place: its start, the start and end of its content, its rule, and if it is only a turn of phrase."""

    start: int
    begin: int
    end: int
    rule: str
    weak: bool


def boxed(text: str) -> str | None:
    r"""The content of the last `\boxed{...}`, with matched braces; empty if it is not closed, None without one."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    begin = start + len("\\boxed{")
    end = _closing_brace(text, begin)
    return text[begin:end] if end >= 0 else ""


def _closing_brace(text: str, begin: int) -> int:
    """The place of the brace that closes the one before `begin`; -1 if it is not closed."""
    depth = 1
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return -1


def _boxes(text: str) -> list[Mark]:
    found: list[Mark] = []
    start = text.find("\\boxed")
    while start >= 0:
        begin = start + len("\\boxed")
        if text[begin : begin + 2] == " {":
            begin += 1
        if text[begin : begin + 1] == "{":
            end = _closing_brace(text, begin + 1)
            if end < 0:  # so no later box is closed either, except inside this one
                found.append(Mark(start, len(text), len(text), "boxed", False))
                return found
            found.append(Mark(start, begin + 1, end, "boxed", False))
            begin = end
        start = text.find("\\boxed", begin)
    return found


def _cues(text: str) -> tuple[list[Mark], bool]:
    """The answer lines, and if the instruction is repeated."""
    folded = text.casefold()
    begins = [place for place in map(folded.find, _CUE_STARTS) if place >= 0]
    if not begins:
        return [], False
    # Case folding never shortens a text: at the same length, all positions are unchanged.
    begin = max(min(begins) - 12, 0) if len(folded) == len(text) else 0
    found, repeated = [], False
    for cue in _CUE.finditer(text, begin):
        if _CLOSING_QUOTE.match(text, cue.end()):
            repeated = True
        elif not (cue["weak"] and (_DENIED.search(cue[0]) or _is_unreal(text, cue))):
            weak = bool(cue["weak"] or cue["noun"] or cue["heading"])
            found.append(Mark(cue.start(), cue.end(), len(text), "answer_line", weak))
    return found, repeated


def _is_unreal(text: str, cue: re.Match[str]) -> bool:
    """True for an answer under a condition that does not hold."""
    before = text[max(0, cue.start() - 400) : cue.start()]
    condition = _UNREAL.search(before)
    return condition is not None and _WOULD.search(condition[0] + cue[0]) is not None


def marked_places(text: str) -> tuple[list[Mark], bool]:
    """The marked places of a text, from left to right, and if the instruction is repeated in it."""
    boxes = _boxes(text)
    cues, repeated = _cues(text)
    tags = [Mark(m.start(), m.start(1), m.end(1), "answer_tag", False) for m in _TAG.finditer(text)]
    enclosed = sorted([*boxes, *tags], key=lambda mark: mark.start)
    # A cue inside a box or a tag belongs to it; a box directly behind a cue replaces it.
    outside = [cue for cue in cues if not any(mark.start <= cue.start < mark.end for mark in enclosed[-20:])]
    return sorted([*enclosed, *outside], key=lambda mark: mark.start), repeated


def _block(text: str) -> str:
    """The lines that belong to a cue: up to a blank line, but no formula and no list is cut in two."""
    lines = text.lstrip(" \t*_`:\uff1a").splitlines()
    place = 0
    while place < len(lines) and not lines[place].strip(MARKUP + "\"'.:;,-"):
        place += 1
    taken: list[str] = []
    for number, line in enumerate(lines[max(place, 0) :], place):
        if line.lstrip().startswith("```"):
            if taken:
                break
            continue
        if not line.strip():
            following = next((each for each in lines[number + 1 :] if each.strip()), "")
            if not (_is_open("\n".join(taken)) or (taken and BULLET.match(following) and _goes_on(taken))):
                break
            continue
        taken.append(line.lstrip(" \t>") if place and line.lstrip().startswith(">") else line)
    if place and len(taken) == 1:  # a bullet, not a minus
        taken = [BULLET.sub("", taken[0], count=1)]
    opening = next((line.strip() for line in reversed(lines[:place]) if line.strip()), "")
    return "\n".join([opening, *taken] if opening in ("\\[", "$$", "\\(") and taken else taken)


def _goes_on(taken: list[str]) -> bool:
    return bool(BULLET.match(taken[-1])) or taken[-1].rstrip(" *_").endswith(":")


def _is_open(text: str) -> bool:
    """True inside an environment or a displayed formula."""
    return (
        text.count("\\begin{") > text.count("\\end{")
        or text.count("\\[") > text.count("\\]")
        or text.count("$$") % 2 == 1
    )


def _same_sentence(between: str) -> bool:
    """True if the text between two boxes ends no sentence and takes nothing back."""
    if len(between) > 200 or "\n\n" in between or last_retraction(f"x {between}") >= 0:
        return False
    return not re.search(
        r"[^\W\d][.!?;]\s+[A-Z\\$]|\$?[.!?]\$?\s+[A-Z]|\b(?:wait|no|then|so|thus|hence|therefore|next)\b",
        between,
        re.IGNORECASE,
    )


def _joined(text: str, marks: list[Mark]) -> str:
    """The content of the last box, with those before it that are in the same sentence."""
    contents = [text[marks[-1].begin : marks[-1].end]]
    for one, other in zip(marks[-2::-1], marks[::-1], strict=False):
        if one.rule != "boxed" or not _same_sentence(text[one.end + 1 : other.start]):
            break
        contents.insert(0, text[one.begin : one.end])
    return ", ".join(contents) if len(set(contents)) > 1 else contents[-1]


def content_of(text: str, marks: list[Mark]) -> str:
    """The content of the last of several marked places."""
    mark = marks[-1]
    if mark.rule == "boxed":
        return _joined(text, marks)
    if mark.rule == "answer_tag":
        inside = text[mark.begin : mark.end].strip()
        cues, _ = _cues(inside)
        return _block(inside[cues[-1].begin :]) if cues else inside
    content = _block(text[mark.begin : mark.end])
    quoted = text[mark.begin - 3 : mark.begin].count('"') or text[mark.start - 1 : mark.start] == '"'
    return _TRAILING.sub("", content).strip("\"' ") if quoted else content
