r"""The places where a completion states its answer, in the order in which a reader trusts them.

A base model may go on with questions of its own: only the text up to the first one is read (`continuations.py`).

Marked statements (`stated`), of which the last one in the text decides:

- `boxed`: the content of `\boxed{...}`; several boxes in one sentence are one answer.
- `answer_tag`: the content of `<answer>...</answer>`.
- `answer_line`: the text after `Answer:`, `The answer is`, `Final answer:`, `####` or the like, up to the next blank
  line. `'Answer: '` in quotes repeats the instruction and is skipped; if there is nothing else, there is no answer.

A statement that is taken back (`12? No, 13`, `Wait, that is wrong.`) is replaced by what follows (`correction`).

Without a marked statement, the first of these in which a reader finds an answer, closing remarks aside:

- `first_line`: a bare answer in the first line, or the last displayed formula or code block, before its explanation.
- `conclusion`: the last sentence with `therefore`, `thus`, `in total` or the like.
- `direct_sentence`: the complete text, for a reader that looks in it for a sentence that answers the question. It is
  also read if the answer line is empty or if the completion did not end.
- `last_line`: the last line.
- `text`: the complete text.

Only the last 16,384 characters are read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .closings import sentences_of, without_closings
from .continuations import own_answer
from .retractions import kept, last_retraction
from .worded_numbers import value_of_words

MAX_COMPLETION_CHARACTERS = 16_384
NUMBERED_NOUNS = (
    "route|path|team|pair|state|microstate|way|sum|job|combination|choice|option|piece|codon|genotype|slot|substring"
    "|group|solution"
)
MAX_LETTERS = 26
DIRECT = "direct_sentence"

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
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|hence|in\stotal|altogether|in\sconclusion|(?:that|this)\sleaves|in\ssummary|to\sconclude|the\s(?:final\s)?(?:result|total|outcome)\s"
    r"(?:of\s[^\n.]{1,60}?\s)?(?:is|are|equals))\b|\u2234|\u6240\u4ee5|\u56e0\u6b64|\u7efc\u4e0a",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:[^\W\d]|[ ]\d{1,20}|[^\s\d]\d)[.!?][\"')*]{0,4}(?=\s|\Z)")
# `not a mammal.` but not `not 12 but 13`.
_DENIED = re.compile(r"n't\b|\b(?:not|never|cannot)\b", re.IGNORECASE)
_ONLY_DENIES = re.compile(r"[\s*_]{0,4}not\s([^\n.;,]{1,80})[.!]?[*_\s]{0,4}(?=\n|\Z)(?<!\bbut)")
# `If it were balanced, the answer would be 0`; `otherwise the answer is 3`.
_UNREAL = re.compile(
    r"(?:\bif\b[^.!?\n]{0,200}\b(?:were|had|was|did)\b[^.!?\n]{0,200}|\botherwise\b[^.!?\n]{0,40})$", re.IGNORECASE
)
_WOULD = re.compile(r"\b(?:would|might|could)\b|\botherwise\b", re.IGNORECASE)
_LETTER = re.compile(r"[\s*_:(]{0,6}([A-Z])[)*_]{0,3}[.]?[*_ \t]{0,4}(?:\n|\Z)")
_BULLET = re.compile(
    rf"\s{{0,8}}(?:[-*\u2022\u2013]|(?:(?:{NUMBERED_NOUNS})\s)?\d{{1,3}}[.)]|\d{{1,2}}(?::|\s[-\u2013])(?=\s[A-Za-z])|(?:{NUMBERED_NOUNS})\s\d{{1,3}}:|\([a-zA-Z\d]{{1,2}}\))\s+(?=\S)",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(r"\n\s*\n")
_QUOTED = re.compile(r"^[ \t]{0,4}>[ ](?=\S)", re.MULTILINE)
# A first step alone, of which no more was written; `Step 1.` may be an answer.
# A line of a list: a number, a label with its value, or numbers or words that signs join: `1 + 8 + 8`, `Oak -> Bay`.
_ROW = re.compile(
    r"\s{0,8}(?:\d{1,9}|[^\W\d]\w{1,20}|\w{1,12}\s?[=:]\s?-?\w{1,12}|\w{1,20}(?:\s?(?:[-+]|->|\u2192)\s?\w{1,20}){1,20}(?:\s?=\s?\d{1,9})?)(?:\s\([^()\n]{1,60}\)|\s[\u2713\u2714\u2705])?[,;]?\s*$"
)
_TABLE_ROW = re.compile(r"\s{0,4}\|[^\n]{1,400}\|\s*$")
_TABLE_RULE = re.compile(r"[\s|:-]+$")
# Elements under a label that each of them contains: `red: red-1, red-2`.
_GROUP = re.compile(
    r"\s{0,4}(?:[-*]\s)?\*{0,2}(?:[A-Za-z][A-Za-z ]{1,30}\s)?(?P<label>\w{1,20})\*{0,2}:\*{0,2}\s+"
    r"(?P<elements>\S[^\n]{0,2000})$"
)
# A heading over bullets: `For red:`, `**Starting with 3:**`.
_HEADING = re.compile(r"\s{0,4}(?:[-*#]{1,4}\s)?([^\n]{1,80}?)\*{0,2}:\*{0,2}\s*$")
_WORD = re.compile(r"\w{1,20}")
_STEP_ONE = re.compile(r"^[\s*#]{0,6}step\s(?:1|one)\b[*_]{0,2}[.:)]{1,2}[*_]{0,2}\s{0,3}\w", re.IGNORECASE)
_STEP = re.compile(r"\bstep\s\w{1,6}\b", re.IGNORECASE)
_BARE = re.compile(
    r"""^[\s>\#]{0,4}(?:\*\*[^*\n]{1,60}\*\*[^\n]{0,60}|\(?[A-Z][).:]\s[^\n]{1,60}|\([A-Z]\)[^\n]{0,60}|[A-Z]
        |`[^`\n]{1,60}`|\$?-?\d[\d,./]{0,20}\$?(?:\s?%)?(?:\s[A-Za-z]{1,12}){0,2}
        |(?P<words>(?:[^\W\d][\w'-]{0,20}[ ]?){1,4}))[.!]?\s*$""",
    re.VERBOSE,
)
_FIRST_POINT = re.compile(r"\s{0,4}1[.)]\s")
_BOLD_LINE = re.compile(r"\s{0,4}\*\*[^*\n]{1,60}\*\*\s*")
_BOLD_LINES = re.compile(r"^[ \t]{0,4}\*\*[^*\n]{1,60}\*\*[ \t]*$", re.MULTILINE)
# A number that is not the mark of a first point.
_BARE_NUMBER = re.compile(r"\*{0,2}(?!1[.])-?\$?\d[\d,./]{0,20}(?:\s(?!(?:is|are|was|has)\b)[A-Za-z]{1,12}){0,2}\*{0,2}[.!](?=\s+\S)")
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
_IN_BRACKETS = re.compile(r"\([^()\n]{0,200}\)")
_NUMBER = re.compile(r"\d+")
# A remark that goes on to another number, or takes back what it remarks on.
_DRAWS_NUMBER = re.compile(
    r"=|\b(?:wait|actually|instead|but|rather|hmm|wrong|not|no|however|only)\b|n't\b"
    r"|\b(?:so|therefore|thus|hence|then|answer|result|total)\b[^.\n]{0,100}\d",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"^[\s*#>]{0,6}(?:step|let|first|sure|okay|ok|to\s|we\s|i\s|solution|given|here|well|calculation|reasoning|explanation"
    r"|think|start|now|yes,\s(?:let|i)|certainly|of\scourse|great|the\s|understand|analysis|approach|working|check|so\s"
    r"|thus|then|hence|therefore|this|that|it\s|these|there|from|by\s|for\s|if\s|when|as\s|because|since|after|before)",
    re.IGNORECASE,
)
_MARKUP = " \t\r*_`$\\[](){}>"
_TRAILING = re.compile(r"[\"'\s,]*\}\s*$")


class Statement(NamedTuple):
    """A place where a completion states its answer.

    text: all that belongs to the statement, which may span several lines; the reader decides how much it uses.
    rule: the rule that found it.
    stated: True if the completion marks it as its answer; the others are a last resort.
    """

    text: str
    rule: str
    stated: bool


class _Mark(NamedTuple):
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


def _boxes(text: str) -> list[_Mark]:
    found: list[_Mark] = []
    start = text.find("\\boxed")
    while start >= 0:
        begin = start + len("\\boxed")
        if text[begin : begin + 2] == " {":
            begin += 1
        if text[begin : begin + 1] == "{":
            end = _closing_brace(text, begin + 1)
            if end < 0:  # so no later box is closed either, except inside this one
                found.append(_Mark(start, len(text), len(text), "boxed", False))
                return found
            found.append(_Mark(start, begin + 1, end, "boxed", False))
            begin = end
        start = text.find("\\boxed", begin)
    return found


def _cues(text: str) -> tuple[list[_Mark], bool]:
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
            found.append(_Mark(cue.start(), cue.end(), len(text), "answer_line", weak))
    return found, repeated


def _is_unreal(text: str, cue: re.Match[str]) -> bool:
    """True for an answer under a condition that does not hold."""
    before = text[max(0, cue.start() - 400) : cue.start()]
    condition = _UNREAL.search(before)
    return condition is not None and _WOULD.search(condition[0] + cue[0]) is not None


def _marks(text: str) -> tuple[list[_Mark], bool]:
    boxes = _boxes(text)
    cues, repeated = _cues(text)
    tags = [_Mark(m.start(), m.start(1), m.end(1), "answer_tag", False) for m in _TAG.finditer(text)]
    enclosed = sorted([*boxes, *tags], key=lambda mark: mark.start)
    # A cue inside a box or a tag belongs to it; a box directly behind a cue replaces it.
    outside = [cue for cue in cues if not any(mark.start <= cue.start < mark.end for mark in enclosed[-20:])]
    return sorted([*enclosed, *outside], key=lambda mark: mark.start), repeated


def _block(text: str) -> str:
    """The lines that belong to a cue: up to a blank line, but no formula and no list is cut in two."""
    lines = text.lstrip(" \t*_`:\uff1a").splitlines()
    place = 0
    while place < len(lines) and not lines[place].strip(_MARKUP + "\"'.:;,-"):
        place += 1
    taken: list[str] = []
    for number, line in enumerate(lines[max(place, 0) :], place):
        if line.lstrip().startswith("```"):
            if taken:
                break
            continue
        if not line.strip():
            following = next((each for each in lines[number + 1 :] if each.strip()), "")
            if not (_is_open("\n".join(taken)) or (taken and _BULLET.match(following) and _goes_on(taken))):
                break
            continue
        taken.append(line.lstrip(" \t>") if place and line.lstrip().startswith(">") else line)
    if place and len(taken) == 1:  # a bullet, not a minus
        taken = [_BULLET.sub("", taken[0], count=1)]
    opening = next((line.strip() for line in reversed(lines[:place]) if line.strip()), "")
    return "\n".join([opening, *taken] if opening in ("\\[", "$$", "\\(") and taken else taken)


def _goes_on(taken: list[str]) -> bool:
    return bool(_BULLET.match(taken[-1])) or taken[-1].rstrip(" *_").endswith(":")


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


def _joined(text: str, marks: list[_Mark]) -> str:
    """The content of the last box, with those before it that are in the same sentence."""
    contents = [text[marks[-1].begin : marks[-1].end]]
    for one, other in zip(marks[-2::-1], marks[::-1], strict=False):
        if one.rule != "boxed" or not _same_sentence(text[one.end + 1 : other.start]):
            break
        contents.insert(0, text[one.begin : one.end])
    return ", ".join(contents) if len(set(contents)) > 1 else contents[-1]


def _content(text: str, marks: list[_Mark]) -> str:
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


def statements(completion: str) -> list[Statement]:
    """The statements of a completion in the order in which they are trusted; the module docstring lists the rules."""
    text = completion[-MAX_COMPLETION_CHARACTERS:]
    marks, repeated = _marks(text)
    filled = [mark for mark in marks if text[mark.begin : mark.end].strip(_MARKUP + "\n")]
    answered = _answered_at(text, filled)
    own = own_answer(text, answered)
    if len(own) < len(text):
        text = own
        marks, repeated = _marks(text)
        filled = [mark for mark in marks if text[mark.begin : mark.end].strip(_MARKUP + "\n")]
    if filled:
        return _stated(text, filled)
    if marks or repeated:
        empty = Statement("", marks[-1].rule if marks else "answer_line", True)
        before = text[: marks[0].start] if marks else ""
        return [Statement(before, DIRECT, False), empty] if before.strip() else [empty]
    return _unmarked(text)


def _answered_at(text: str, filled: list[_Mark]) -> int:
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


def _stated(text: str, marks: list[_Mark]) -> list[Statement]:
    found = []
    marks = _without_denials(text, marks)
    if listed := _all_in_turn(text, marks):
        return [Statement(listed, marks[-1].rule, True)]
    last = marks[-1]
    rest = text[last.begin :] if last.rule == "answer_line" else text[last.end :]
    content = _content(text, marks)
    if last_retraction(f"x{rest}" if last.rule != "answer_line" else rest) >= 0:
        corrected = _corrected(rest, content, last.rule)
        if corrected is not None:
            return corrected
    for count in range(len(marks), 0, -1):
        mark = marks[count - 1]
        inner = _content(text, marks[:count])
        if inner.strip(_MARKUP + "\n"):
            found.append(Statement(inner, mark.rule, True))
        if not mark.weak or len(found) == 4:
            break
    return found or [Statement("", last.rule, True)]


def _without_denials(text: str, marks: list[_Mark]) -> list[_Mark]:
    """The marks without those at the end that only say what the answer is not, and nothing about the one before."""
    while len(marks) > 1 and marks[-1].weak:
        denied = _ONLY_DENIES.match(text, marks[-1].begin)
        before = set(re.findall(r"\w+", text[marks[-2].begin : marks[-1].start].lower()))
        if denied is None or before & set(re.findall(r"\w+", denied[1].lower())) - {"a", "an", "the"}:
            break
        marks = marks[:-1]
    return marks


def _all_in_turn(text: str, marks: list[_Mark]) -> str | None:
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
    found = []
    if len(lines) > 1 and _is_bare(lines[0], body) and not _BARE.match(lines[-1]):
        found.append(Statement(lines[0].strip(), "first_line", False))
    elif not (lines[:-1] and _BULLET.match(lines[-2])) and (bare := _bare_sentence(lines[-1])):
        found.append(Statement(bare, "first_line", False))
    elif displayed := _displayed(body):
        found.append(Statement(displayed, "first_line", False))
    *_, paragraph = _BLANK_LINE.split(body.rstrip())
    sentences = [each for line in paragraph.splitlines()[-6:] for each in sentences_of(line[-2000:])]
    concluding = [each for each in sentences if _CONCLUDES.search(_IN_BRACKETS.sub("", each))]
    if concluding and concluding[-1] != lines[-1].strip():
        found.append(Statement(concluding[-1], "conclusion", False))
    if len(body.split(maxsplit=4)) > 4 and _SENTENCE.search(body):
        found.append(Statement(body, DIRECT, False))
    return [*found, Statement(last_block(lines), "last_line", False), Statement(body, "text", False)]


def _bare_sentence(line: str) -> str:
    """The number with which a line begins, if sentences follow that only explain it: `88. Add 8 to the ones.`"""
    worded = _WORDED_NUMBER.match(line) if line[:1].isalpha() else None
    if worded and value_of_words(worded[1]) is not None:
        return "" if _REVISES.search(line, worded.end()) else worded[1]
    number = _BARE_NUMBER.match(line)
    return number[0] if number and not _REVISES.search(line, number.end()) else ""


def _displayed(body: str) -> str:
    """The line of the last displayed formula or code block, if only remarks on its numbers follow."""
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


def last_block(lines: list[str]) -> str:
    """The last line, with the other lines of its list or its environment."""
    begin = len(lines) - 1
    if _BULLET.match(lines[begin]) and (headed := _under_headings(lines)):
        return headed
    if labelled := _labelled_rows(lines):
        return labelled
    if group_of(lines[begin]) and group_of(lines[begin - 1]):
        while begin and group_of(lines[begin - 1]):
            begin -= 1
        return "\n".join(lines[begin:])
    if _BULLET.match(lines[begin]):
        while begin and _BULLET.match(lines[begin - 1]):
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


def _under_headings(lines: list[str]) -> str:
    """The bullets at the end, of all headings before them, where each heading names a part of its bullets."""
    found: list[str] = []
    below: list[str] = []
    headings = 0
    for line in reversed(lines):
        heading = _HEADING.match(line)
        if _BULLET.match(line) and not heading:
            below.insert(0, line)
        elif heading and below and _names_part(heading[1], below):
            found, below, headings = [*below, *found], [], headings + 1
        else:
            break
    return "\n".join(found) if headings > 1 else ""


def _names_part(heading: str, bullets: list[str]) -> bool:
    """True for a heading with a word that all bullets below it contain."""
    return any(all(word in each.casefold() for each in bullets) for word in _WORD.findall(heading.casefold()))


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


def group_of(line: str) -> str:
    """The elements of a line that begins with a label which each of them contains; empty for any other line."""
    group = _GROUP.match(line)
    parts = [part for part in group["elements"].split(",") if part.strip()] if group else []
    if group is None or not all(len(part.strip()) > len(group["label"]) and group["label"] in part for part in parts):
        return ""
    return group["elements"].strip()


def _closes(text: str) -> bool:
    """True if a formula is closed that was opened on a line before."""
    return (
        text.count("\\end{") > text.count("\\begin{") or text.count("\\]") > text.count("\\[") or (text.strip() == "$$")
    )
