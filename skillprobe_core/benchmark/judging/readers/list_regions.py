"""The parts of a statement in which a list may stand: a line, bullets, the end of a text, names with explanations."""

from __future__ import annotations

import re

from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.last_block import NUMBERED_NOUNS
from skillprobe_core.benchmark.judging.question import Question
from skillprobe_core.benchmark.judging.statements import DIRECT, Statement

from .direct import repeats
from .list_parts import COUNT

MAX_LAST_WORDS = 60
MAX_LINE = 2000
_BULLET = re.compile(
    rf"\s{{0,12}}(?:[-*\u2022+]|(?:(?i:{NUMBERED_NOUNS})\s)?\(?\d{{1,3}}[.)]|(?i:{NUMBERED_NOUNS})\s\d{{1,3}}:|\(?[a-z][)])\s+(?=\S)"
)
# A list of one line: `- 16`, `1. 16`, `1. Monday`, but not `1. That is the level.`
_LONE_BULLET = re.compile(r"^(?:[-*\u2022]\s+|1[.)]\s+(?=[-+]?\d|[^\W\d_](?:[^\s.]|\s(?!\S+\s\S)){0,40}$))")
_EXPLAINED = re.compile(r"(\*{0,2}[^\W\d][^\n:.,;]{0,30})(?::|\s-)\*{0,2}\s(?=\S+\s\S+\s\S)")


_BRACKETED = re.compile(r"\s\([^()\n]{1,60}\)$")
_JOINED = re.compile(r"(?<=\w)\s*[-+]\s*(?=\w)")
# `The multiples are 70, 77 and 84. 77 has a repeated digit, so: 70, 84`.
_LEADS = re.compile(
    r"(?:[.;]\s[^.;:]{1,60}|,\s(?:[^.,;:]{1,60}\s)?(?:so|thus|hence|therefore|leaves|leaving|remain|list|result)"
    r"|[=,]\s\d{1,3}\s(?:[a-z-]{1,20}\s?){1,3})$",
    re.IGNORECASE,
)


_HENCE = re.compile(r"[,;]\s(?:and\s)?(?:so|hence|thus|therefore|leaving)\s", re.IGNORECASE)
_DROPS = re.compile(
    r"\b(?:exclud|remov|drop|reject|discard|eliminat|omit|skip|cross|fail|violat|without|except|not|no|nor|never)\w*\b|n't\b",
    re.IGNORECASE,
)
# The last cell of the last row of a table of states.
_TABLE_ROW = re.compile(r"\s*\|[^\n]{1,400}\|\s*([^|\n]{1,400}?)\s*\|\s*")
# One element that a cross marks as wrong: `Ann-Bo \u2717`.
_CROSSED = re.compile(r"(?:[-*]\s)?[\w+-]{1,60}\s?[\u2717\u2718\u274c]")
_CELLS = re.compile(r"\|(?:[^|\n]{1,60}\|){2,12}")
_RULE = re.compile(r"\|(?:\s*:?-{2,}:?\s*\|){2,12}")
# A sentence that ends with a list of letters: `G, A. Then`.
_LETTER_STOP = re.compile(r"(?<=,\s[A-Z])[.]\s+(?=[A-Z][a-z])")


def explained(text: str, question: Question) -> str:
    """The names of a list whose entries are followed by explanations: `1. Red: the colour of ... 2. Blue: ...`.

    The line before it ends with a colon and repeats the question's content words; a paragraph follows it. Empty if
    there is no such list, or more than one.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    heads = [number for number, line in enumerate(lines) if line.endswith(":") and repeats(line, question)]
    if len(heads) != 1:
        return ""
    rest = lines[heads[0] + 1 :]
    count = next((number for number, line in enumerate(rest) if not _BULLET.match(line)), 0)
    entries = [_EXPLAINED.match(_BULLET.sub("", line, count=1)) for line in rest[:count]]
    names = [entry[1].strip("* ") for entry in entries if entry]
    if count < 2 or len(names) < count or any(_BULLET.match(line) for line in rest[count:]):
        return ""
    return "" if any(name.lower() in question.words for name in names) else ", ".join(names)


def regions_of(text: str, statement: Statement) -> list[str]:
    """The parts of a statement that may be its list, the most trusted first."""
    if statement.stated:
        return [_listing(text)]
    if statement.rule == "last_line" and (_CROSSED.fullmatch(text.strip()) or _CELLS.fullmatch(text.strip())):
        return []
    squares = re.findall(r"\[([^\[\]]{0,4000})\]", text)
    if statement.rule == "text":
        return [f"[{squares[-1]}]"] if squares else _last_bullets(text)
    if "\n" in text.strip():
        return [_listing(text)]
    counts = statement.rule in {"last_line", "conclusion"} and COUNT.match(text.strip())
    if counts or _BULLET.match(text) or len(text.split(maxsplit=MAX_LAST_WORDS)) > MAX_LAST_WORDS:
        return []
    return [f"[{squares[-1]}]"] if squares and "," in squares[-1] else _of_line(text)


def _of_line(text: str) -> list[str]:
    """A line, after the list that it leads to at its end."""
    before, colon, after = text.rpartition(": ")
    return [after, text] if colon and "," in after and _LEADS.search(before) else [text]


def last_sentences(text: str, statement: Statement) -> list[str]:
    """The sentences of an unmarked line, the last one first, after what it concludes; of several lines the last one."""
    line = text.strip()
    if statement.stated or statement.rule in {"text", DIRECT}:
        return []
    if row := _TABLE_ROW.fullmatch(line.splitlines()[-1]) if line else None:
        return [row[1].strip("` ")]
    if "\n" in line:
        return [_BULLET.sub("", line.splitlines()[-1], count=1)]
    found = [each for part in _LETTER_STOP.split(line[-MAX_LINE:]) for each in sentences_of(part)]
    hence = _HENCE.split(found[-1])[-1] if found else ""
    tail = [hence] if hence != "".join(found[-1:]) and not _DROPS.search(hence) else []
    return [*tail, *(found[::-1] if len(found) > 1 else [])]


def _last_bullets(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    if lines and _CROSSED.fullmatch(lines[-1].strip()):
        lines = [line for line in lines if not _CROSSED.fullmatch(line.strip())]
    while lines and COUNT.match(lines[-1].strip()):
        lines.pop()
    if rows := _rows(lines) or _values(lines):
        return [", ".join(rows)]
    found: list[str] = []
    for line in reversed(lines):
        bullet = _BULLET.match(line)
        if not bullet:
            break
        found.append(line[bullet.end() :].strip())
    return [", ".join(reversed(found))] if found else []


def _rows(lines: list[str]) -> list[str]:
    """The rows of a table at the end, below its head, each with hyphens between its cells."""
    found: list[str] = []
    for line in reversed(lines):
        if _RULE.fullmatch(line.strip()):
            return found if len(found) > 1 else []
        if not _CELLS.fullmatch(line.strip()):
            break
        found.insert(0, "-".join(cell.strip(" *`") for cell in line.strip().strip("|").split("|")))
    return []


def _values(lines: list[str]) -> list[str]:
    """The lines at the end that are one element each, without bullets."""
    found: list[str] = []
    for line in reversed(lines):
        if _BULLET.match(line) or not _is_one_value(line.strip()) or " " in line.strip():
            break
        found.insert(0, line.strip().rstrip(",;"))
    return found if len(found) > 1 else []


def _listing(text: str) -> str:
    """The lines of a statement that are its list, with commas between them: bullets, one per line, broken lines."""
    lines = text.strip("\n").splitlines()
    while lines and not lines[0].strip(" \t*_`$\\[](){}"):
        lines = lines[1:] if lines[0].strip() not in {"[", "{", "("} else [lines[0].strip() + " ".join(lines[1:])]
    if not lines:
        return text
    start = 1 if len(lines) > 1 and lines[0].rstrip(" *").endswith(":") and not _BULLET.match(lines[0]) else 0
    head = [lines[0].strip()] if start else []
    rest = lines[start:]
    while start and rest and not rest[0].strip():
        rest = rest[1:]
    if not rest:
        return head[0] if head else ""
    if _BULLET.match(rest[0]) and (len(rest) > 1 or start):
        found = []
        for line in rest:
            bullet = _BULLET.match(line)
            if not bullet:
                break
            found.append(line[bullet.end() :].strip().rstrip(",;"))
        if len(found) > 1 or start:
            return " ".join([*head, ", ".join(found)])
    found = [_LONE_BULLET.sub("", rest[0].strip())]
    for line in rest[1:]:
        value = line.strip()
        open_line = found[-1].endswith((",", ";", " and", "->"))
        if not value or not (open_line or (_is_one_value(value) and _is_one_value(found[-1]))):
            break
        found.append(value)
    return " ".join([*head, ", ".join(part.rstrip(",;") for part in found)])


def _is_one_value(line: str) -> bool:
    """True for a line that is one element, short or without spaces, perhaps with a label: `16`, `b = 6`, `Ash-Bay`."""
    line = _BRACKETED.sub("", line)
    words = len(_JOINED.sub("+", line.replace("->", "-")).split())
    return (
        (len(line) <= 40 or words == 1)
        and words <= 3
        and not line.endswith((".", ":", "!", "?"))
        and bool(re.search(r"\w", line))
    )
