import itertools
import re
from fractions import Fraction
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.flawed_argument import KIND

# Multiples of the given number. A claim on n or n^2 holds for all of them if it holds for these.
MULTIPLES = 60


def code(formula):
    """A statement of a prompt as Python."""
    formula = formula.replace("^", "**").replace(" = ", " == ")
    return re.sub(r"(?<=[\dxn)])(?=[xn(])", "*", formula)


def read(prompt):
    """The given statement as Python, and for each step its reason (None if it is an instruction) and its conclusion."""
    given = re.search(r"Let (?:x|n) be [^.]*\.", prompt)[0][:-1]
    steps = re.findall(r"Step \d+: ([^.]+)\.", prompt)
    if "integer" in given:
        known = int(re.search(r"\d+", given)[0])
        return range(0, MULTIPLES * known, known), f"n % {known} == 0", [divisibility(step) for step in steps]
    bound = re.search(r"greater than (-?\d+) with", given)
    start = code(given.split(" with ")[1]) + (f" and x > {bound[1]}" if bound else "")
    conclusions = [code(re.split(r": |Hence |, ", step)[-1]) for step in steps]
    return reals([start, *conclusions]), start, [(None, conclusion) for conclusion in conclusions]


def reals(statements):
    """Every number at which a comparison changes its truth, and one between any two of them."""
    ends = {Fraction(number) for number in (-(10**12), 10**12)}
    for comparison in re.split(" or | and ", " and ".join(statements)):
        left, right = re.split("<=|>=|==|<|>", comparison)
        at = [eval(f"({left}) - ({right})", {"x": Fraction(x)}) for x in (-1, 0, 1)]
        if at[0] + at[2] == 2 * at[1]:
            ends.add(-at[1] / (at[2] - at[1]))
        else:
            ends |= {Fraction(number) for number in range(-30, 31)}
    found = sorted(ends)
    return sorted([*found, *((low + high) / 2 for low, high in itertools.pairwise(found))])


def divisibility(step):
    reason, conclusion = re.fullmatch(r"Since (.+), (.+)", step).groups()
    general = re.fullmatch(r"multiples of (\d+) are multiples of (\d+)", reason)
    if general:
        reason_code = f"{general[1]} % {general[2]} == 0"
    elif both := re.fullmatch(r"n and (\d+) are multiples of (\d+)", reason):
        reason_code = f"n % {both[2]} == 0 and {both[1]} % {both[2]} == 0"
    elif two := re.fullmatch(r"n is a multiple of (\d+) and of (\d+)", reason):
        reason_code = f"n % {two[1]} == 0 and n % {two[2]} == 0"
    else:
        reason_code = multiple(reason)
    return reason_code, multiple(conclusion)


def multiple(statement):
    left, divisor = re.fullmatch(r"(.+) is a multiple of (\d+)", statement).groups()
    return f"({code(left)}) % {divisor} == 0"


def where(values, statement):
    """The values for which a statement of one unknown holds."""
    holds = eval(f"lambda x, n: {statement}")
    return [value for value in values if holds(value, value)]


def first_flaw(prompt):
    """The first step that some value refutes which meets everything stated before; 0 if there is none."""
    values, given, steps = read(prompt)
    values = where(values, given)
    assert values, "the given statement can hold"
    for number, (reason, conclusion) in enumerate(steps, start=1):
        if reason is not None:
            assert where(values, reason) == values, "a reason holds even where the conclusion does not follow"
        meeting = where(values, conclusion)
        if meeting != values:
            return number
    return 0


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_first_step_with_a_counterexample(level, drafts):
    for draft in drafts(KIND, level, 60):
        assert int(draft.answer) == first_flaw(draft.prompt), draft.prompt
        assert draft.chance == pytest.approx(1 / (draft.prompt.count("Step ") + 1))


def test_flaws_of_every_sort_are_drawn(drafts):
    flaws = " ".join(draft.reference for level in KIND.levels[:5] for draft in drafts(KIND, level, 200))
    for words in ("negative factor", "may be", "does not exclude", "is lost", "counterexample"):
        assert words in flaws


def test_arguments_get_longer_with_the_level(drafts):
    steps = [mean(draft.prompt.count("Step ") for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]]
    assert steps == sorted(set(steps))
    assert steps[-1] > 3 * steps[0]


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_flaws_one_step(level, drafts):
    for draft in drafts(KIND, level, 3):
        assert int(draft.answer) == first_flaw(draft.prompt), draft.prompt
        assert draft.steps > draft.prompt.count("Step ") / 2
