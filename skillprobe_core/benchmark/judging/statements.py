r"""The places where a completion states its answer.

Marked statements (`stated`), of which the first one decides:

1. `boxed`: the content of the last `\boxed{...}`.
2. `answer_line`: the text after the last `Answer:`, `The answer is`, `Final answer:`, `####` or the like. `'Answer: '`
   in quotes repeats the instruction and is skipped; if there is nothing else, there is no answer.

Without one, in order, the first in which a reader finds an answer:

3. `last_line`: the last line that is not blank.
4. `text`: the complete text.

Only the last 16,384 characters are read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_COMPLETION_CHARACTERS = 16_384

_CUE = re.compile(
    r"####|\banswers?\b[\s*_`]{0,4}(?:[:=]|\((?=[^\n()]{0,20}\)[*_\s]{0,4}:)[^\n()]{0,20}\)[*_\s]{0,4}:"
    r"|[^\n.:=]{0,60}?\b(?:is|are|be|equals)\b[*\s]{0,3}:?)",
    re.IGNORECASE,
)
_CLOSING_QUOTE = re.compile(r"\s?['\"\u2019\u201d](?=\s|$)")


class Statement(NamedTuple):
    """A place where a completion states its answer.

    text: all that belongs to the statement, which may span several lines; the reader decides how much it uses.
    rule: the rule that found it.
    stated: True if the completion marks it as its answer (a box, an answer line); the others are a last resort.
    """

    text: str
    rule: str
    stated: bool


def boxed(text: str) -> str | None:
    r"""The content of the last `\boxed{...}`, with matched braces; empty if it is not closed, None without one."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    begin = start + len("\\boxed{")
    depth = 1
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin:place]
    return ""


def _after_cue(text: str) -> str | None:
    """The text after the last cue, from its first line with content to the end; empty if only a cue is there."""
    folded = text.casefold()
    begins = [place for place in (folded.find("####"), folded.find("answer")) if place >= 0]
    if not begins:
        return None
    # Case folding never shortens a text: at the same length, all positions are unchanged.
    begin = min(begins) if len(folded) == len(text) else 0
    end, repeated = None, False
    for cue in _CUE.finditer(text, begin):
        if _CLOSING_QUOTE.match(text, cue.end()):
            repeated = True
        else:
            end = cue.end()
    if end is None:
        return "" if repeated else None
    lines = text[end:].lstrip(" \t*_`:").splitlines()
    return "\n".join(line for line in lines if line.strip(" \t*_`$\\[](){}"))


def statements(completion: str) -> list[Statement]:
    """The statements of a completion in the order in which they are trusted; the module docstring lists the rules."""
    text = completion[-MAX_COMPLETION_CHARACTERS:]
    found = boxed(text)
    if found is not None:
        return [Statement(found, "boxed", True)]
    found = _after_cue(text)
    if found is not None:
        return [Statement(found, "answer_line", True)]
    lines = [line for line in text.splitlines() if line.strip()]
    return [*(Statement(line, "last_line", False) for line in lines[-1:]), Statement(text, "text", False)]
