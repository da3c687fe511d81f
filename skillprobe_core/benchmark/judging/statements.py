r"""The places where a completion states its answer, in the order in which a reader trusts them.

A base model may go on with questions of its own: only the text up to the first one is read (`continuations.py`).

Marked statements (`stated`), of which the last one in the text decides:

- `boxed`: the content of `\boxed{...}`; several boxes in one sentence are one answer.
- `answer_tag`: the content of `<answer>...</answer>`.
- `answer_line`: the text after `Answer:`, `The answer is`, `Final answer:`, `####` or the like, up to the next blank
  line. `'Answer: '` in quotes repeats the instruction and is skipped; if there is nothing else, there is no answer.

A statement that is taken back (`12? No, 13`, `Wait, that is wrong.`) is replaced by what follows (`correction`).

Without a marked statement, the first of these in which a reader finds an answer, closing remarks aside:

- `first_line`: a bare answer in the first line, a number that begins the last line, or the last displayed formula or
  code block, before its explanation.
- `conclusion`: the last sentence of the last paragraph with `therefore`, `thus`, `in total` or the like.
- `direct_sentence`: the complete text, for a reader that looks in it for a sentence that answers the question. It is
  also read if the answer line is empty or if the completion did not end.
- `last_line`: the last line.
- `text`: the complete text.

Only the last 16,384 characters are read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .bare_answers import bare_answer
from .closings import sentences_of, without_closings
from .continuations import own_answer
from .last_block import last_block
from .marked_places import MARKUP, Mark, content_of, marked_places
from .retractions import kept, last_retraction

MAX_COMPLETION_CHARACTERS = 16_384
MAX_LETTERS = 26
DIRECT = "direct_sentence"
_IN_BRACKETS = re.compile(r"\([^()\n]{0,200}\)")
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|hence|in\stotal|altogether|in\sconclusion|(?:that|this)\sleaves|in\ssummary|to\sconclude|the\s(?:final\s)?(?:result|total|outcome)\s"
    r"(?:of\s[^\n.]{1,60}?\s)?(?:is|are|equals))\b|\u2234|\u6240\u4ee5|\u56e0\u6b64|\u7efc\u4e0a",
    re.IGNORECASE,
)
# The value at the end of a sentence, or the list: `the fraction is 1/12.`, `All three: 0-1, 0-2, 1-2.`
_ENDS_WITH_VALUE = re.compile(r"\b(?:the|our)\s[a-z]{2,20}\s(?:is|equals)\s\S*\d\S*$")
_ENDS_WITH_LIST = re.compile(r"[A-Za-z]:\s[^:;=]{1,200},\s[^:;=]{1,60}$")
_SENTENCE = re.compile(r"(?:[^\W\d]|[ ]\d{1,20}|[^\s\d]\d)[.!?][\"')*]{0,4}(?=\s|\Z)")
_ONLY_DENIES = re.compile(r"[\s*_]{0,4}not\s([^\n.;,]{1,80})[.!]?[*_\s]{0,4}(?=\n|\Z)(?<!\bbut)")
_LETTER = re.compile(r"[\s*_:(]{0,6}([A-Z])[)*_]{0,3}[.]?[*_ \t]{0,4}(?:\n|\Z)")
_BLANK_LINE = re.compile(r"\n\s*\n")
_QUOTED = re.compile(r"^[ \t]{0,4}>[ ](?=\S)", re.MULTILINE)
_STEP_ONE = re.compile(r"^[\s*#]{0,6}step\s(?:1|one)\b[*_]{0,2}[.:)]{1,2}[*_]{0,2}\s{0,3}\w", re.IGNORECASE)
_STEP = re.compile(r"\bstep\s\w{1,6}\b", re.IGNORECASE)


class Statement(NamedTuple):
    """A place where a completion states its answer.

    text: all that belongs to the statement, which may span several lines; the reader decides how much it uses.
    rule: the rule that found it.
    stated: True if the completion marks it as its answer; the others are a last resort.
    body: the complete text of which this is the last line; else empty.
    """

    text: str
    rule: str
    stated: bool
    body: str = ""


def statements(completion: str) -> list[Statement]:
    """The statements of a completion in the order in which they are trusted; the module docstring lists the rules."""
    text = completion[-MAX_COMPLETION_CHARACTERS:]
    marks, repeated = marked_places(text)
    filled = [mark for mark in marks if text[mark.begin : mark.end].strip(MARKUP + "\n")]
    answered = _answered_at(text, filled)
    own = own_answer(text, answered)
    if len(own) < len(text):
        text = own
        marks, repeated = marked_places(text)
        filled = [mark for mark in marks if text[mark.begin : mark.end].strip(MARKUP + "\n")]
    if filled:
        return _stated(text, filled)
    if marks or repeated:
        empty = Statement("", marks[-1].rule if marks else "answer_line", True)
        before = text[: marks[0].start] if marks else ""
        return [Statement(before, DIRECT, False), empty] if before.strip() else [empty]
    return _unmarked(text)


def _answered_at(text: str, filled: list[Mark]) -> int:
    """The end of the first marked answer's line; -1 without one."""
    if not filled:
        return -1
    first = filled[0]
    if first.rule != "answer_line":
        return first.end
    lines = text[first.begin :]
    begin = len(lines) - len(lines.lstrip(" \t\r\n*_`:"))
    end = lines.find("\n", begin)
    return first.begin + end if end >= 0 else len(text)


def _stated(text: str, marks: list[Mark]) -> list[Statement]:
    found = []
    marks = _without_denials(text, marks)
    if listed := _all_in_turn(text, marks):
        return [Statement(listed, marks[-1].rule, True)]
    last = marks[-1]
    rest = text[last.begin :] if last.rule == "answer_line" else text[last.end :]
    content = content_of(text, marks)
    if last_retraction(f"x{rest}" if last.rule != "answer_line" else rest) >= 0:
        corrected = _corrected(rest, content, last.rule)
        if corrected is not None:
            return corrected
    for count in range(len(marks), 0, -1):
        mark = marks[count - 1]
        inner = content_of(text, marks[:count])
        if inner.strip(MARKUP + "\n"):
            found.append(Statement(inner, mark.rule, True))
        if not mark.weak or len(found) == 4:
            break
    return found or [Statement("", last.rule, True)]


def _without_denials(text: str, marks: list[Mark]) -> list[Mark]:
    """The marks without those at the end that only say what the answer is not, and nothing about the one before."""
    while len(marks) > 1 and marks[-1].weak:
        denied = _ONLY_DENIES.match(text, marks[-1].begin)
        before = set(re.findall(r"\w+", text[marks[-2].begin : marks[-1].start].lower()))
        if denied is None or before & set(re.findall(r"\w+", denied[1].lower())) - {"a", "an", "the"}:
            break
        marks = marks[:-1]
    return marks


def _all_in_turn(text: str, marks: list[Mark]) -> str | None:
    """The letters of options that are all named as the answer in turn, from A on."""
    letters = [_LETTER.match(text, mark.begin) for mark in marks[:MAX_LETTERS]]
    given = [letter[1] for letter in letters if letter]
    in_turn = len(given) == len(marks) > 2 and all(ord(each) == ord("A") + place for place, each in enumerate(given))
    return ", ".join(given) if in_turn and all(mark.weak for mark in marks) else None


def _corrected(rest: str, content: str, rule: str) -> list[Statement] | None:
    """The statements after a retraction; [] if nothing replaces what was taken back, None if nothing was."""
    after = kept(rest if rule == "answer_line" else f"x{rest}")
    if rule == "answer_line" and last_retraction(content) >= 0:
        return [Statement(kept(content), rule, True)]
    if not after.strip():
        return []
    return [Statement(each.text, "correction", False) for each in _unmarked(after) if each.rule != DIRECT]


def _unmarked(text: str) -> list[Statement]:
    body = _QUOTED.sub("", without_closings(text))
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    if not lines or (len(lines) == 1 and _STEP_ONE.match(lines[0]) and len(_STEP.findall(body)) == 1):
        return []
    bare = bare_answer(body, lines)
    found = [Statement(bare, "first_line", False)] if bare else []
    *_, paragraph = _BLANK_LINE.split(body.rstrip())
    sentences = [each for line in paragraph.splitlines()[-6:] for each in sentences_of(line[-2000:])]
    places = [place for place, each in enumerate(sentences) if _CONCLUDES.search(_IN_BRACKETS.sub("", each))]
    if places:
        later = [each for each in sentences[places[-1] :] if _ENDS_WITH_VALUE.search(each)]
        concluding = later[-1] if later else sentences[places[-1]]
        listed = any(_ENDS_WITH_LIST.search(each) for each in sentences[places[-1] + 1 :])
        if concluding != lines[-1].strip() and not listed:
            found.append(Statement(concluding, "conclusion", False))
    if len(body.split(maxsplit=4)) > 4 and _SENTENCE.search(body):
        found.append(Statement(body, DIRECT, False))
    return [*found, Statement(last_block(lines), "last_line", False, body), Statement(body, "text", False)]
