"""The last block of a text: its last line with the lines that belong to it, such as bullets, rows or a formula."""

from __future__ import annotations

import re

NUMBERED_NOUNS = (
    "route|path|team|pair|state|microstate|way|sum|job|combination|choice|option|piece|codon|genotype|slot|substring"
    "|group|solution"
)
BULLET = re.compile(
    rf"\s{{0,8}}(?:[-*\u2022\u2013]|(?:(?:{NUMBERED_NOUNS})\s)?\d{{1,3}}[.)]|\d{{1,2}}(?::|\s[-\u2013])(?=\s[A-Za-z])|(?:{NUMBERED_NOUNS})\s\d{{1,3}}:|\([a-zA-Z\d]{{1,2}}\))\s+(?=\S)",
    re.IGNORECASE,
)
# A first step alone, of which no more was written; `Step 1.` may be an answer.
# A line of a list: a number, a label with its value, or numbers or words that signs join: `1 + 8 + 8`, `Oak -> Bay`.
_ROW = re.compile(
    r"\s{0,8}(?:\d{1,9}|[^\W\d]\w{1,20}|\w{1,12}\s?[=:]\s?-?\w{1,12}|\w{1,20}(?:\s?(?:[-+]|->|\u2192)\s?\w{1,20}){1,20}(?:\s?=\s?\d{1,9})?)(?:\s\([^()\n]{1,60}\)|\s[\u2713\u2714\u2705])?[,;]?\s*$"
)
_MARKUP = " \t\r*_`$\\[](){}>"
_TABLE_ROW = re.compile(r"\s{0,4}\|[^\n]{1,400}\|\s*$")
_TABLE_RULE = re.compile(r"[\s|:-]+$")


def last_block(lines: list[str]) -> str:
    """The last line, with the other lines of its list or its environment."""
    begin = len(lines) - 1
    if labelled := _labelled_rows(lines):
        return labelled
    if BULLET.match(lines[begin]):
        while begin and BULLET.match(lines[begin - 1]):
            begin -= 1
        return "\n".join(lines[begin:])
    while begin and _ROW.match(lines[begin]) and _ROW.match(lines[begin - 1]):
        begin -= 1
    if begin < len(lines) - 1:
        return "\n".join(lines[begin:])
    tail = lines[begin]
    while begin and (_closes(tail) or lines[begin - 1].rstrip().endswith((",", ";"))):
        begin -= 1
        tail = f"{lines[begin]}\n{tail}"
    return tail


def _labelled_rows(lines: list[str]) -> str:
    """The rows of a table at the end: `label: value` where it has labels and single values, or its only column."""
    rows: list[list[str]] = []
    for line in reversed(lines):
        if not _TABLE_ROW.match(line) or _TABLE_RULE.match(line):
            break
        rows.insert(0, [cell.strip(_MARKUP) for cell in line.strip().strip("|").split("|")])
    if len(rows) > 1 and all(len(row) == 1 and 0 < len(row[0].split()) < 3 for row in rows):
        return "\n".join(row[0] for row in rows)
    pairs = all(
        len(row) == 2 and re.fullmatch(r"[^\W\d]\w{0,20}", row[0]) and re.fullmatch(r"-?\w{1,20}", row[1])
        for row in rows
    )
    return "\n".join(f"{label}: {value}" for label, value in rows) if pairs and len(rows) > 1 else ""


def _closes(text: str) -> bool:
    """True if a formula is closed that was opened on a line before."""
    return (
        text.count("\\end{") > text.count("\\begin{") or text.count("\\]") > text.count("\\[") or (text.strip() == "$$")
    )
