import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.law_application import KIND

LAW = re.compile(r"\b([A-Za-z]+) = ([A-Za-z]+) \* ([A-Za-z]+)")


def read(prompt):
    """The laws, the given values with units, and the steps as (symbol, right-hand side)."""
    head, body = prompt.split("Step 1:", 1)
    laws = {result: (a, b) for result, a, b in LAW.findall(head)}
    given = {s: (int(v), unit) for s, v, unit in re.findall(r"(\w+) = (\d+) ([^\s,]+?)(?=,|\.| and)", head)}
    steps = re.findall(r"(?:^|Step \d+:) (\w+) = ([^.]+)\.", body)
    return laws, given, steps


UNITS = {
    "F = m * a": "N", "W = F * d": "J", "U = W * n": "J",
    "v = a * t": "m/s", "p = m * v": "kg*m/s", "S = k * p": "kg*m/s",
    "Q = I * t": "C", "E = Q * V": "J", "T = n * E": "J",
    "n = c * V": "mol", "m = n * M": "g", "T = k * m": "g",
    "c = f * L": "m/s", "d = c * t": "m", "D = k * d": "m",
    "U = I * R": "V", "P = U * I": "W", "E = P * t": "J",
}  # fmt: skip


def first_error(laws, given, steps):
    known = {symbol: value for symbol, (value, _) in given.items()}
    for number, (symbol, right) in enumerate(steps, start=1):
        first, second = laws[symbol]
        if number % 2 == 1:
            if right != f"{known[first]} * {known[second]}":
                return number
            continue
        value, unit = right.split(" ")
        if (
            int(value) != known[first] * known[second]
            or unit != UNITS[re.sub(r"\d", "", f"{symbol} = {first} * {second}")]
        ):
            return number
        known[symbol] = int(value)
    return 0


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_first_step_that_does_not_follow(level, drafts):
    for draft in drafts(KIND, level, 300):
        laws, given, steps = read(draft.prompt)
        assert len(steps) == 2 * len(laws)
        assert int(draft.answer) == first_error(laws, given, steps), draft.prompt
        assert draft.chance == pytest.approx(1 / (len(steps) + 1))


@pytest.mark.parametrize("level", [2, 3, 4])
def test_an_error_shows_in_the_value_too(level, drafts):
    seen = 0
    for draft in drafts(KIND, level, 600):
        _, _, steps = read(draft.prompt)
        for _, right in steps:
            if " + " in right:
                first, second = map(int, right.split(" + "))
                assert first + second != first * second, draft.prompt
                seen += 1
    assert seen > 20


def test_chains_and_values_grow_with_the_level(drafts):
    lengths, values = [], []
    for level in KIND.levels[:5]:
        drawn = [read(draft.prompt) for draft in drafts(KIND, level, 200)]
        lengths.append(mean(len(steps) for _, _, steps in drawn))
        values.append(mean(max(value for value, _ in given.values()) for _, given, _ in drawn))
    assert lengths == [2, 2, 4, 6, 6]
    assert values[0] < values[1]
    assert values[2] < values[3] < values[4]


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_breaks_at_the_answer(level, drafts):
    for draft in drafts(KIND, level, 10):
        laws, given, steps = read(draft.prompt)
        runs = len(steps) // (2 * len(laws))
        assert runs == {6: 3, 7: 3, 8: 4, 9: 4}[level]
        applied = {f"{s}{run}": (f"{a}{run}", f"{b}{run}") for s, (a, b) in laws.items() for run in range(1, runs + 1)}
        assert int(draft.answer) == first_error(applied, given, steps), draft.prompt
