r"""Reading of formulas: written alike, equal as numbers, or equal by algebra.

A statement may give its formula between `$`, `\(` or `\[`, over several lines, in several pieces (`$12$ and $13$`), or
as plain text. Answers of several parts are compared part by part, whatever their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.formula_text import as_interval, flat, has_words, parts, unlabelled, written
from skillprobe_core.benchmark.judging.retractions import kept
from skillprobe_core.benchmark.judging.statements import Statement
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker

from .asked_forms import fits, is_unchanged
from .formula_sentences import stated_formula
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_NUMBER_ALONE = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?|[-+]?\.\d+")
_SPAN = re.compile(
    r"\$\$(?P<a>.{1,4000}?)\$\$|(?<!\\)\$(?P<b>(?:[^$\\]|\\.){1,4000})\$|\\\((?P<c>.{1,4000}?)\\\)|\\\[(?P<d>.{1,4000}?)\\\]"
    r"|(?P<e>\\begin\{[pbBvV]?matrix\}.{1,4000}?\\end\{[pbBvV]?matrix\})",
    re.DOTALL,
)
_CONNECTS = re.compile(r"^[\s,;]*(?:and|or|or else|where|with|\\text\{\s?(?:and|or)\s?\})?[\s,;]*$")
_EXPLAINS = re.compile(
    r"(?:,?\s(?:where|when|for|with|since|because|as|if|which|so|by|that|measured|is|are)\b|[.;](?=\s|$)|(?<![\w)\]}])!(?=\s|$)|\s\(|\s[-\u2013\u2014]{1,2}\s(?=[A-Za-z]{3}))"
)
_LAST_VERB = re.compile(
    r"\b(?:is|are|be|equals?|gives?|get|obtain|yields?|to|value|vaut|worth)\b\s?:?|:\s", re.IGNORECASE
)
_IT_IS = re.compile(r"^(?:so\s)?(?:it|that|this)\s(?:is|equals)\s", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_NEGATED = re.compile(r"^\W{0,4}(?:not|never|neither|less than|more than|at least|at most)\b", re.IGNORECASE)
_ALTERNATIVES = re.compile(r"\bor\b|\\text\{\s?or\s?\}")
_PERCENT = re.compile(r"\s?(?:\\?%|percent)$")
_MAX_PARTS = 8


# Decides by algebra if two formulas are equal; None if it ran out of time.
Equal = Callable[[str, str], bool | None]


def read(statement: Statement, key: AnswerKey, symbolic: SymbolicChecker | None = None) -> Reading:
    """Compare the formula of a statement with the key's.

    Only formulas that the exact rules cannot decide are passed to `symbolic` (if none is given, one is started).
    """
    text = statement.text.strip()
    if not text:
        return NOTHING
    if not statement.stated:
        return _unmarked(text, statement.rule, key, symbolic)
    if len(text) > MAX_ANSWER_CHARACTERS:
        return Reading(False, text[:MAX_ANSWER_CHARACTERS], False)
    text = kept(text).strip().strip("*").strip()
    found = [*_candidates(text, stated=True, key=key), (has_words(text) and stated_formula(text, key)) or ""]
    return _first_of(found, text, key, symbolic)


def _unmarked(text: str, rule: str, key: AnswerKey, symbolic: SymbolicChecker | None) -> Reading:
    """Read a statement without a mark; a phrase without a formula states nothing."""
    if rule == "text":
        direct = stated_formula(text, key)
        return _compared(direct, key, symbolic) if direct else NOTHING
    if len(text) > MAX_ANSWER_CHARACTERS:
        return NOTHING
    text = kept(text).strip().strip("*").strip()
    direct = stated_formula(sentences_of(text)[-1], key) if has_words(text) else None
    found = [direct] if direct else _candidates(text, stated=False, key=key)
    reading = _first_of(found, text, key, symbolic)
    return reading if reading.well_formed or _NEGATED.match(text) else NOTHING


def _first_of(found: Iterable[str], text: str, key: AnswerKey, symbolic: SymbolicChecker | None) -> Reading:
    """Compare the candidates for the formula of a statement with the key: the right one, or the first formula."""
    candidates = [each for each in (each.strip().strip("*`").strip() for each in found) if each]
    if not candidates:
        return NOTHING
    negated = bool(_NEGATED.match(text))
    right = next((each for each in candidates if not negated and _is_right(each, key)), None)
    if right is not None:
        return Reading(True, right, True)
    readable = [each for each in candidates if written(each) and not has_words(each)]
    if negated or not readable:
        return Reading(False, candidates[0], False)
    return _compared(readable[0], key, symbolic)


def _is_right(found: str, key: AnswerKey) -> bool:
    return any(same(answer, found) for answer in key.texts) and fits(found, key.question, key.answer)


def _compared(found: str, key: AnswerKey, symbolic: SymbolicChecker | None) -> Reading:
    """Compare a formula with the key; one of the question, or one in another form than it requires, is wrong."""
    if _is_right(found, key):
        return Reading(True, found, True)
    sides = [side for side in found.split("=") if not is_unchanged(side, key.question, key.texts)]
    if not sides or not fits(sides[-1], key.question, key.answer):
        return Reading(False, found, True)
    return _by_algebra(key, found if found.endswith(sides[-1]) else sides[-1], symbolic)


def _by_algebra(key: AnswerKey, found: str, symbolic: SymbolicChecker | None) -> Reading:
    if symbolic is not None:
        return Reading(_decided(key.answer, found, symbolic.equal), found, True)
    with SymbolicChecker() as own:
        return Reading(_decided(key.answer, found, own.equal), found, True)


def _candidates(text: str, *, stated: bool, key: AnswerKey) -> Iterator[str]:
    """The pieces of a statement that may be its formula, the most likely first."""
    if not stated:
        yield from _in_last_sentence(text)
        return
    spans = list(_SPAN.finditer(text))
    if not spans:
        yield from _plain(text)
        return
    if spans[0].start() == 0 and spans[0].end() == len(text.rstrip(" .")):
        yield _inside(spans[0])
        return
    yield from _of_spans(text, spans, key)


def _inside(span: re.Match[str]) -> str:
    return next(part for part in span.groups() if part is not None).strip()


def _of_spans(text: str, spans: list[re.Match[str]], key: AnswerKey) -> Iterator[str]:
    joined, count = [_inside(spans[0])], 1
    while count < len(spans) and _CONNECTS.match(text[spans[count - 1].end() : spans[count].start()]):
        joined.append(_inside(spans[count]))
        count += 1
    before, after = text[: spans[0].start()].strip(), text[spans[count - 1].end() :]
    if before.endswith(("=", "\\approx")) or re.match(r"\s?[=\u2248]", after):
        yield _inside(spans[-1])
        return
    if re.match(
        r"\s{0,2}[-+*/^]|\s?(?:times|plus|minus|over|divided|to the power|squared|cubed|mod)\b", after
    ) or re.search(r"[-+*/^\d]$", before):
        yield notation.plain(text)  # the formula goes on outside of its delimiters
        return
    yield ", ".join(joined)
    if re.search(r"\\text|[a-z]{4} |where|with|if", key.answer):
        yield re.sub(r"\$|\\[()\[\]]", "", text)


def _plain(text: str) -> Iterator[str]:
    """The formula of a statement without delimiters: the line up to an explanation; all lines of an environment."""
    line = text if "\\begin{" in text else next(iter(text.splitlines()), "")
    line = line.strip().strip("*`\"'").strip().removesuffix(".")
    yield line
    head = _EXPLAINS.split(line, maxsplit=1)[0].strip().strip("*`\"'")
    if head and head != line:
        yield head
    if has_words(line):
        tail = _LAST_VERB.split(line)[-1].strip()
        if tail and tail != line:
            yield tail


def _in_last_sentence(text: str) -> Iterator[str]:
    """The formula of an unmarked statement: the last one between delimiters, bold, or after the last verb."""
    spans = list(_SPAN.finditer(text))
    if spans:
        last = len(spans) - 1
        begin = last
        while begin and _CONNECTS.match(text[spans[begin - 1].end() : spans[begin].start()]):
            begin -= 1
        yield ", ".join(_inside(span) for span in spans[begin:])
        return
    bold = _BOLD.findall(text)
    if bold:
        yield bold[-1]
        return
    sentence = _IT_IS.sub("", sentences_of(text)[-1].removesuffix("."))
    tail = _LAST_VERB.split(sentence)[-1].strip()
    if len(text.split(maxsplit=41)) <= 40 or not has_words(tail):
        yield sentence if not has_words(sentence) else tail


def same(answer: str, found: str) -> bool:
    """True for the same formula as written, or the same number."""
    expected, given = written(answer), written(found)
    if expected == given or written(unlabelled(flat(answer))) == written(unlabelled(flat(found))):
        return bool(given)
    value = _lone_number(answer)
    return value is not None and value == _lone_number(unlabelled(flat(found)))


def _lone_number(text: str) -> Fraction | None:
    plain = notation.plain(text).strip().rstrip(".")
    return notation.number(plain) if _NUMBER_ALONE.fullmatch(plain) else None


def needs_algebra(answer: str, found: str) -> bool:
    """True if exact rules cannot decide that `found` is wrong: two formulas, at least one not a plain number."""
    return None in (_lone_number(answer), _lone_number(found))


def _decided(answer: str, found: str, equal: Equal) -> bool | None:
    """True if two answers are equal, part by part."""
    expected, given = (_parts(text) for text in (answer, found))
    if len(expected) > 1 and len(expected) == len(given) <= _MAX_PARTS:
        return _matched(expected, given, equal)
    if (len(expected) > 1) != (len(given) > 1):
        expected, given = ([" , ".join(each)] for each in (expected, given))
    elif len(expected) != len(given):
        return False
    return _one(expected[0], given[0], equal)


def _parts(text: str) -> list[str]:
    return parts(flat(text))


def _matched(expected: list[str], given: list[str], equal: Equal) -> bool | None:
    """True if every part has a partner."""
    left, timed_out = list(given), False
    for one in expected:
        partner = next((other for other in left if same(one, other)), None)
        for other in left if partner is None else ():
            right = _one(one, other, equal)
            timed_out = timed_out or right is None
            if right:
                partner = other
                break
        if partner is None:
            return None if timed_out else False
        left.remove(partner)
    return True


def _one(answer: str, found: str, equal: Equal) -> bool | None:
    if same(answer, found):
        return True
    answer, found = flat(answer), flat(found)
    if "=" in found and "=" not in answer:
        found = found.rsplit("=", 1)[1]
        if same(answer, found):
            return True
    if any(sign in answer + found for sign in ("<", ">", "\\le", "\\ge", "\\in")):
        answer, found = as_interval(unlabelled(answer)), as_interval(unlabelled(found))
        if same(answer, found):
            return True
    elif unlabelled(answer) != answer and unlabelled(found) == found:
        answer = unlabelled(answer)
    if not needs_algebra(answer, found):
        return False
    return equal(answer, found)
