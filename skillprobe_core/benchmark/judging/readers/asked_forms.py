r"""The form of a formula that a question requires: not its own expression unchanged, expanded, factored, simplified.

An equal formula in another form does not answer `Expand (x + 1)(x + 2).` The form is only judged where a few exact
rules decide it, and where the key itself follows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import gcd

from skillprobe_core.benchmark.judging.formula_text import flat, unlabelled
from skillprobe_core.benchmark.judging.question import MAX_QUESTION_CHARACTERS

_TOKEN = (
    r"(?>\\[a-zA-Z]++|\d++(?:\.\d++)?|[-+*/^=(){}\[\]!|]"
    r"|(?<![a-zA-Z])(?!(?i:a[nst]|b[ey]|do|he|i[fnst]|me|my|no|o[fnr]|so|to|up|us|we)(?![a-zA-Z]))[a-zA-Z]{1,2}(?![a-zA-Z']))"
)
# A formula in running text: operators, numbers, single letters, products of two letters, commands.
RUN = re.compile(rf"{_TOKEN}(?:\s?{_TOKEN})*+")
_ARTICLE = re.compile(r"^[aAI]\s(?![-+*/^=])|(?<![-+*/^=])\s[aA]$")
_COMPOUND = re.compile(r"[\w)}\]]\s?[-+*/^]|[\w)}\]]\s?[({]|\\(?:sqrt|frac)|\d\s?[a-zA-Z]")
_MEANINGLESS = re.compile(r"[\s*]|\\left|\\right")
_BRACED = re.compile(r"\{(\w)\}")
_EXPAND = re.compile(r"\b(?:expand|multiply\sout)\b", re.IGNORECASE)
_FACTOR = re.compile(r"(?:^|[.:;,]\s|\b(?:and|then|to|completely|fully|please)\s)factor(?:i[sz]e)?\b", re.IGNORECASE)
_SIMPLIFY = re.compile(r"\bsimplif(?:y|ied)\b|\b(?:shortest|simplest)\sform\b", re.IGNORECASE)
# A bracketed sum with a letter in it, and a factor or a power next to it.
_SUM = r"\([^()]*?[\w)}\s][-+][^()]*\)"
_PRODUCT_OF_SUM = re.compile(rf"[\w)}}]\s?\*?\s?(?P<a>{_SUM})|(?P<b>{_SUM})\s?(?:\^|\*?\s?[\w(])")
_LOWEST_TERMS = re.compile(r"\blowest\sterms\b", re.IGNORECASE)
_FRACTION = re.compile(r"[-+\s]*(?:\\frac\s?\{\s?(\d+)\s?\}\s?\{\s?(\d+)\s?\}|(\d+)\s?/\s?(\d+))\s*")
_MONOMIALS = re.compile(r"[\s\w^.+*{}-]*+")
_FACTOR_OF_TERM = re.compile(r"(\d+(?:\.\d+)?|[a-zA-Z])(\^\{?-?\w{1,6}\}?)?")
_MAX_FORMULA = 400


def squeezed(formula: str) -> str:
    """The formula apart from spaces, mark-up and multiplication signs."""
    return _BRACED.sub(r"\1", _MEANINGLESS.sub("", flat(formula))).strip(".,;:!?")


@lru_cache(maxsize=1024)
def formulas_of(text: str) -> tuple[str, ...]:
    """The formulas with an operator that stand in a text, `squeezed`, and the sides of its equations."""
    found: dict[str, None] = {}
    for run in RUN.finditer(flat(text[:MAX_QUESTION_CHARACTERS])):
        formula = _ARTICLE.sub("", run[0].strip()).strip()
        for side in (formula, *formula.split("=")):
            if len(side) <= _MAX_FORMULA and _COMPOUND.search(side):
                found[squeezed(unlabelled(side))] = None
    return tuple(found)


def is_unchanged(formula: str, question: str, answers: Sequence[str]) -> bool:
    """True for a formula that the question contains, unless an answer is written like it."""
    if len(formula) > _MAX_FORMULA or not question:
        return False
    form = squeezed(unlabelled(flat(formula)))
    return form in formulas_of(question) and all(form != squeezed(unlabelled(flat(answer))) for answer in answers)


def fits(formula: str, question: str, answer: str, *, strict: bool = False) -> bool:
    """True unless the formula is clearly not in the form that the question requires.

    `strict` also demands of an expansion that like terms are collected.
    """
    if max(len(formula), len(answer)) > _MAX_FORMULA:
        return True
    return all(
        follows(flat(formula)) or not follows(flat(answer))
        for follows in _rules(question[:MAX_QUESTION_CHARACTERS], strict)
    )


def _rules(question: str, strict: bool) -> Iterator[Callable[[str], bool]]:
    if _EXPAND.search(question):
        yield _is_expanded
    if _FACTOR.search(question):
        yield _is_factored
    if _SIMPLIFY.search(question) or _LOWEST_TERMS.search(question):
        yield _is_reduced
    if _SIMPLIFY.search(question) or (strict and _EXPAND.search(question)):
        yield _is_collected


def _is_expanded(formula: str) -> bool:
    return not any(re.search("[a-zA-Z]", match["a"] or match["b"]) for match in _PRODUCT_OF_SUM.finditer(formula))


def _is_reduced(formula: str) -> bool:
    match = _FRACTION.fullmatch(formula)
    return match is None or gcd(*(int(each) for each in match.groups() if each)) == 1


def _is_factored(formula: str) -> bool:
    return len(_terms(formula)) <= 1


def _is_collected(formula: str) -> bool:
    """True if no two terms of a polynomial, and no two factors of a term, can be put together."""
    if not _MONOMIALS.fullmatch(formula):
        return True
    seen = set()
    for term in _terms(formula):
        factors = _FACTOR_OF_TERM.findall(term)
        letters = sorted(f"{base}{power}" for base, power in factors if base.isalpha())
        numbers = [base for base, power in factors if not base.isalpha() and not power]
        if len({letter[0] for letter in letters}) < len(letters) or len(numbers) > 1 or tuple(letters) in seen:
            return False
        seen.add(tuple(letters))
    return True


def _terms(formula: str) -> list[str]:
    """The terms of a sum, which signs outside brackets separate."""
    found, depth, term, before = [], 0, "", ""
    for character in formula:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if character in "+-" and depth <= 0 and before not in "^*/(":
            found.append(term)
            term = ""
        else:
            term += character
        before = character if not character.isspace() else before
    return [each for each in (*found, term) if each.strip()]
