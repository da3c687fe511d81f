"""The first rewriting of a condition that changes its meaning (coding).

A condition of Python is simplified or rearranged step by step, and each step claims to keep its meaning. Nothing runs:
the reader judges whether a step is a valid rule of logic (De Morgan, distribution, the negation of a comparison) or a
common mistake that looks like one. That is diagnostic. Levels have more steps and larger conditions, and mistakes that
concern one value or one pair of parentheses. From level 6 on both the steps and the conditions grow.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

from .error_places import error_places

_FLAGS = ("admin", "late", "paid", "open", "valid", "ready", "empty", "active", "member", "local")
_NUMBERS = ("age", "size", "score", "speed", "count", "depth")
_WORDINGS = {
    "refactor": "A programmer rewrites a Python condition in steps.\n{steps}\n"
    "Which is the first step that does not mean the same as the line before it? If there is none, answer 0.",
    "review": "Review the steps that rewrite this Python condition. Each must keep its meaning.\n{steps}\n"
    "Give the number of the first step that changes the meaning. If there is none, answer 0.",
    "check": "In Python, each line is supposed to be equivalent to the one before it.\n{steps}\n"
    "At which step is the first mistake? If there is none, answer 0.",
}
_STEPS = {1: (2, 3), 2: (3, 4), 3: (4, 5), 4: (6, 6), 5: (7, 8), 6: (10, 10), 7: (24, 24), 8: (50, 50), 9: (108, 108)}
_ATOMS = {1: (2, 2), 2: (2, 3), 3: (3, 3), 4: (3, 4), 5: (4, 5), 6: (6, 6), 7: (7, 7), 8: (8, 8), 9: (9, 9)}
_NEGATED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NEARLY_NEGATED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OTHER = {"and": "or", "or": "and"}
_LONGEST = dict.fromkeys((1, 2, 3, 4, 5), 110) | {6: 150, 7: 170, 8: 190, 9: 210}


class _Atom(NamedTuple):
    name: str
    sign: str = ""
    limit: int = 0


class _Not(NamedTuple):
    inner: _Condition


class _Both(NamedTuple):
    left: _Condition
    word: str
    right: _Condition


_Condition = _Atom | _Not | _Both


def _text(condition: _Condition) -> str:
    if isinstance(condition, _Atom):
        return f"{condition.name} {condition.sign} {condition.limit}" if condition.sign else condition.name
    if isinstance(condition, _Not):
        plain = isinstance(condition.inner, _Not) or (isinstance(condition.inner, _Atom) and not condition.inner.sign)
        return f"not {_text(condition.inner)}" if plain else f"not ({_text(condition.inner)})"
    return f"{_part(condition.left, condition.word)} {condition.word} {_part(condition.right, condition.word)}"


def _part(condition: _Condition, word: str) -> str:
    mixed = isinstance(condition, _Both) and condition.word != word
    return f"({_text(condition)})" if mixed else _text(condition)


def _holds(condition: _Condition, values: dict[str, int]) -> bool:
    if isinstance(condition, _Atom):
        value = values[condition.name]
        if not condition.sign:
            return bool(value)
        below, same = value < condition.limit, value == condition.limit
        return {"<": below, "<=": below or same, ">": not below and not same, ">=": not below}[condition.sign]
    if isinstance(condition, _Not):
        return not _holds(condition.inner, values)
    left = _holds(condition.left, values)
    if condition.word == "and":
        return left and _holds(condition.right, values)
    return left or _holds(condition.right, values)


def _equivalent(one: _Condition, other: _Condition, values: list[dict[str, int]]) -> bool:
    return all(_holds(one, each) == _holds(other, each) for each in values)


def _valid(condition: _Condition) -> Iterator[_Condition]:
    """Equivalent forms by one rule at the top of the condition."""
    match condition:
        case _Not(_Not(inner)):
            yield inner
        case _Not(_Both(left, word, right)):
            yield _Both(_Not(left), _OTHER[word], _Not(right))
        case _Not(_Atom(_, sign, _) as atom) if sign:
            yield _Atom(atom.name, _NEGATED[sign], atom.limit)
        case _Both(_Not(left), word, _Not(right)):
            yield _Not(_Both(left, _OTHER[word], right))
        case _Both(left, word, _Both(middle, inner, right)) if word != inner:
            yield _Both(_Both(left, word, middle), inner, _Both(left, word, right))
        case _Both(_Both(a, word, b), outer, _Both(c, same, d)) if word == same != outer and a == c:
            yield _Both(a, word, _Both(b, outer, d))
        case _Atom(_, sign, _) if sign:
            yield _Not(_Atom(condition.name, _NEGATED[sign], condition.limit))
    if isinstance(condition, _Both) and condition.left != condition.right:
        yield _Both(condition.right, condition.word, condition.left)


def _flawed(condition: _Condition, level: int) -> Iterator[_Condition]:
    """Forms that a careless reader takes for equivalent ones."""
    match condition:
        case _Not(_Both(left, word, right)):
            yield _Both(_Not(left), word, _Not(right))
            if level >= 2:
                yield _Both(_Not(left), _OTHER[word], right)
        case _Not(_Atom(_, sign, _) as atom) if sign:
            yield _Atom(atom.name, _NEARLY_NEGATED[sign], atom.limit)
        case _Both(_Not(left), word, _Not(right)):
            yield _Not(_Both(left, word, right))
        case _Both(left, word, _Both(middle, inner, right)) if word != inner:
            yield _Both(_Both(left, word, middle), inner, right)
            yield _Both(_Both(left, inner, middle), word, _Both(left, inner, right))
        case _Both(_Both(a, word, b), outer, _Both(c, same, d)) if word == same != outer and a == c:
            yield _Both(a, outer, _Both(b, word, d))
    if level == 1 and isinstance(condition, _Both):
        yield _Both(condition.left, _OTHER[condition.word], condition.right)
    if level >= 4 and isinstance(condition, _Atom) and condition.sign:
        yield _Not(_Atom(condition.name, _NEARLY_NEGATED[condition.sign], condition.limit))


@lru_cache(maxsize=4096)
def _everywhere(condition: _Condition, level: int | None) -> tuple[_Condition, ...]:
    """The condition with one part rewritten: by a valid rule, or by a flawed one of a level.

    Most parts of a condition are those of the step before, whose forms are known.
    """
    found = [*(_valid(condition) if level is None else _flawed(condition, level))]
    if isinstance(condition, _Not):
        found += [_Not(inner) for inner in _everywhere(condition.inner, level)]
    elif isinstance(condition, _Both):
        left, word, right = condition
        found += [_Both(each, word, right) for each in _everywhere(left, level)]
        found += [_Both(left, word, each) for each in _everywhere(right, level)]
    return tuple(found)


def _drawn(atoms: list[_Atom], rng: random.Random) -> _Condition:
    if len(atoms) == 1:
        return _Not(atoms[0]) if rng.random() < 0.3 else atoms[0]
    place = rng.randint(1, len(atoms) - 1)
    joined = _Both(_drawn(atoms[:place], rng), rng.choice(("and", "or")), _drawn(atoms[place:], rng))
    return _Not(joined) if rng.random() < 0.4 else joined


def _chain(level: int, count: int, error: int, rng: random.Random) -> list[str] | None:
    """The condition and its rewritings as text; None if the drawn condition cannot be rewritten that often."""
    size = rng.randint(*_ATOMS[level])
    numbers = rng.sample(_NUMBERS, min(size - 1, 1 if level <= 3 else 2) if level >= 2 else 0)
    atoms = [_Atom(name, rng.choice(sorted(_NEGATED)), rng.randint(2, 60)) for name in numbers]
    atoms += [_Atom(name) for name in rng.sample(_FLAGS, size - len(numbers))]
    rng.shuffle(atoms)
    values: list[dict[str, int]] = [{}]
    for atom in atoms:
        choices = (atom.limit - 1, atom.limit, atom.limit + 1) if atom.sign else (0, 1)
        values = [{**known, atom.name: value} for known in values for value in choices]
    now = _drawn(atoms, rng)
    texts = [_text(now)]
    for number in range(1, count + 1):
        forms = list(_everywhere(now, level if number == error else None))
        rng.shuffle(forms)
        for form in forms:
            text = _text(form)
            new = len(text) <= _LONGEST[level] and text not in texts
            if new and (number != error or not _equivalent(now, form, values)):
                now = form
                texts.append(text)
                break
        else:
            return None
    return texts


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 rewrites two flags in 2 or 3 steps, level 5 up to five flags and comparisons in 8, level
    9 nine of them in 108."""
    count = rng.randint(*_STEPS[level])
    places = error_places(level, count)
    error = rng.choice(places)
    wording = rng.choice(sorted(_WORDINGS))
    texts = None
    while texts is None:
        texts = _chain(level, count, error, rng)
    steps = [f"start: {texts[0]}", *(f"step {number}: {text}" for number, text in enumerate(texts[1:], start=1))]
    prompt = _WORDINGS[wording].format(steps="\n".join(steps))
    yield prompt
    checks = [f"Step {number} is equivalent." for number in range(1, error or count + 1)]
    if error:
        checks.append(f"Step {error}: {texts[error]} is not the same as {texts[error - 1]}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        steps=sum(len(re.findall(r"\w+|[<>]=?", text)) for text in texts[1 : (error or count) + 1]),
    )


KIND = Kind(
    name="condition_rewrite",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.CODING,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_STEPS),
    order=3,
    grows="steps and length of the condition, up to 108 steps with nine flags and comparisons",
)
