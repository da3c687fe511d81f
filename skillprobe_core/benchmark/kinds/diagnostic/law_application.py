"""The first wrong step in applying stated physical laws to stated values (science).

Laws and values are in the prompt, so nothing has to be recalled, and the steps are worked out already: the
reader holds each step against the given values, the law and the step before. Level 1 applies one law to two
single-digit values; higher levels chain up to three laws, with larger values and with errors that are easy to
read over (one digit, the other operation, a wrong unit, a value taken over wrongly). That is diagnostic. From level 6
on three laws are applied to several runs of an experiment, with values of more digits.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places


@dataclass(frozen=True)
class _Law:
    """`result` = `first` * `second`; the units stand beside each symbol."""

    result: tuple[str, str]
    first: tuple[str, str]
    second: tuple[str, str]


_F, _W, _V, _Q, _E, _P = ("F", "N"), ("W", "J"), ("v", "m/s"), ("Q", "C"), ("E", "J"), ("p", "kg*m/s")
_CHAINS = (
    (_Law(_F, ("m", "kg"), ("a", "m/s^2")), _Law(_W, _F, ("d", "m")), _Law(("U", "J"), _W, ("n", "cycles"))),
    (_Law(_V, ("a", "m/s^2"), ("t", "s")), _Law(_P, ("m", "kg"), _V), _Law(("S", "kg*m/s"), ("k", "balls"), _P)),
    (_Law(_Q, ("I", "A"), ("t", "s")), _Law(_E, _Q, ("V", "V")), _Law(("T", "J"), ("n", "lamps"), _E)),
    (_Law(("n", "mol"), ("c", "mol/L"), ("V", "L")), _Law(("m", "g"), ("n", "mol"), ("M", "g/mol")),
     _Law(("T", "g"), ("k", "flasks"), ("m", "g"))),
    (_Law(("c", "m/s"), ("f", "Hz"), ("L", "m")), _Law(("d", "m"), ("c", "m/s"), ("t", "s")),
     _Law(("D", "m"), ("k", "trips"), ("d", "m"))),
    (_Law(("U", "V"), ("I", "A"), ("R", "ohm")), _Law(("P", "W"), ("U", "V"), ("I", "A")),
     _Law(("E", "J"), ("P", "W"), ("t", "s"))),
)  # fmt: skip
_WORDINGS = {
    "first_wrong": "Given: {given}. Used: {laws}. {steps} Which step is the first wrong one? "
    "If there is none, answer 0.",
    "student": "A student uses {laws} with {given}. {steps} Give the number of the first wrong step. "
    "If there is none, answer 0.",
    "check": "Given {given} and {laws}. {steps} At which step is the first mistake? If there is none, answer 0.",
}
_LAWS = {1: 1, 2: 1, 3: 2, 4: 3, 5: 3} | dict.fromkeys((6, 7, 8, 9), 3)
_LARGEST = {1: 5, 2: 12, 3: 9, 4: 12, 5: 40, 6: 10**2, 7: 10**4, 8: 10**6, 9: 10**10}
_RUNS = dict.fromkeys((1, 2, 3, 4, 5), 1) | {6: 3, 7: 3, 8: 4, 9: 4}
_SUBSTITUTION_ERRORS = {
    1: ("value",),
    2: ("value", "operation"),
    3: ("value", "operation"),
    4: ("digit", "operation"),
    5: ("digit",),
} | dict.fromkeys((6, 7, 8, 9), ("digit",))
_RESULT_ERRORS = {1: ("value",), 2: ("value", "unit"), 3: ("value", "unit"), 4: ("digit", "unit"), 5: ("digit", "unit")}
_RESULT_ERRORS |= dict.fromkeys((6, 7, 8, 9), ("digit", "unit"))


def _changed(right: int, error: str, rng: random.Random) -> int:
    """Another positive number: a near one, or the same with one digit changed by 1."""
    digits = str(right)
    while True:
        if error == "digit" and len(digits) > 1:
            place = rng.randrange(len(digits))
            digit = (int(digits[place]) + rng.choice((1, 9))) % 10
            wrong = int(digits[:place] + str(digit) + digits[place + 1 :])
        else:
            wrong = right + rng.choice((-2, -1, 1, 2))
        if wrong != right and wrong > 0:
            return wrong


def _wrong_substitution(level: int, a: int, b: int, rng: random.Random) -> tuple[int, str, int]:
    error = rng.choice(_SUBSTITUTION_ERRORS[level])
    if error == "operation" and a + b != a * b:  # 2 + 2 in place of 2 * 2 would be no error that a value shows
        return a, "+", b
    return (_changed(a, error, rng), "*", b) if rng.random() < 0.5 else (a, "*", _changed(b, error, rng))


def _wrong_result(level: int, right: int, unit: str, units: list[str], rng: random.Random) -> tuple[int, str]:
    error = rng.choice(_RESULT_ERRORS[level])
    if error == "unit":
        return right, rng.choice([other for other in units if other != unit])
    return _changed(right, error, rng), unit


def _given(level: int, laws: tuple[_Law, ...], rng: random.Random) -> dict[str, tuple[int, str]]:
    """Values and units of the symbols that no law gives; in the ladder of the symbols of every run."""
    results = {law.result[0] for law in laws}
    symbols = [pair for law in laws for pair in (law.first, law.second) if pair[0] not in results]
    low = 2 if level < LADDER else _LARGEST[level] // 10
    return {
        f"{symbol}{run}": (rng.randint(low, _LARGEST[level]), unit)
        for run in _run_names(level)
        for symbol, unit in symbols
    }


def _run_names(level: int) -> list[str]:
    """What follows a symbol in each run: nothing if there is only one."""
    return [""] if level < LADDER else [str(run) for run in range(1, _RUNS[level] + 1)]


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 applies one law in two steps, level 5 three laws in six steps to larger values, level 9 three
    laws in 24 steps to values of ten digits."""
    laws = rng.choice(_CHAINS)[: _LAWS[level]]
    given = _given(level, laws, rng)
    units = sorted({unit for _, unit in given.values()} | {law.result[1] for law in laws})
    applied = [(law, run) for run in _run_names(level) for law in laws]
    count = 2 * len(applied)
    places = error_places(level, count)
    error = rng.choice(places)
    known = {symbol: value for symbol, (value, _) in given.items()}
    steps, rights, looks = [], [], []
    for place, (law, run) in enumerate(applied):
        symbol, unit = law.result[0] + run, law.result[1]
        a, b = known[law.first[0] + run], known[law.second[0] + run]
        rights.append(f"{symbol} = {a} * {b}")
        looks += [len(str(a)) + len(str(b)), len(str(a)) * len(str(b))]
        operation = "*"
        if error == 2 * place + 1:
            a, operation, b = _wrong_substitution(level, a, b, rng)
        steps.append(f"{symbol} = {a} {operation} {b}")
        value = right = a * b if operation == "*" else a + b
        said_unit = unit
        rights.append(f"{symbol} = {right} {unit}")
        if error == 2 * place + 2:
            value, said_unit = _wrong_result(level, right, unit, units, rng)
        steps.append(f"{symbol} = {value} {said_unit}")
        known[symbol] = value
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        laws=", ".join(f"{law.result[0]} = {law.first[0]} * {law.second[0]}" for law in laws)
        + (f" in each of {_RUNS[level]} runs" if level >= LADDER else ""),
        given=", ".join(f"{symbol} = {value} {unit}" for symbol, (value, unit) in given.items()),
        steps=" ".join(f"Step {n}: {step}." for n, step in enumerate(steps, start=1)),
    )
    yield prompt
    checks = [f"Step {n}: {right} ok." for n, right in enumerate(rights[: error - 1 if error else count], start=1)]
    if error:
        checks.append(f"Step {error}: {rights[error - 1]}, not {steps[error - 1].split(' = ')[1]}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=(rights[(error or count) - 1],),
        steps=sum(looks[: error or count]),
    )


KIND = Kind(
    name="law_application",
    version=2,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_LAWS),
    order=1,
    grows="digits of the values and runs, up to four runs of three laws with values of ten digits",
)
