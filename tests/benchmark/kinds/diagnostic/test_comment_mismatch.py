import random
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.comment_mismatch import KIND, LINES, wrong_codes

# What each comment asks for, written without looking at the code: the value of each name afterwards.
MEANINGS = {
    r"add (\w+) to (\w+)": lambda v, a, b: {b: v[a] + v[b]},
    r"subtract (\w+) from (\w+)": lambda v, a, b: {b: -v[a] + v[b]},
    r"set (\w+) to the larger of (\w+) and (\w+)": lambda v, t, a, b: {t: sorted((v[a], v[b]))[1]},
    r"set (\w+) to the smaller of (\w+) and (\w+)": lambda v, t, a, b: {t: sorted((v[a], v[b]))[0]},
    r"double (\w+)": lambda v, a: {a: v[a] + v[a]},
    r"set (\w+) to half of (\w+), rounded down": lambda v, t, a: {t: (v[a] - v[a] % 2) / 2},
    r"set (\w+) to the last digit of (\w+)": lambda v, t, a: {t: int(str(v[a])[-1])},
    r"set (\w+) to the remainder of (\w+) divided by (\w+)": lambda v, t, a, b: {t: divmod(v[a], v[b])[1]},
    r"set (\w+) to True if (\w+) is at least (\d+), else to False": lambda v, t, a, n: {t: not v[a] < int(n)},
    r"set (\w+) to True if (\w+) is at most (\d+), else to False": lambda v, t, a, n: {t: not v[a] > int(n)},
    r"set (\w+) to True if (\w+) is from (\d+) to (\d+), both included, else to False": (
        lambda v, t, a, n, m: {t: v[a] in range(int(n), int(m) + 1)}
    ),
    r"set (\w+) to the number of items in (\w+)": lambda v, t, xs: {t: sum(1 for _ in v[xs])},
    r"set (\w+) to the first item of (\w+)": lambda v, t, xs: {t: next(iter(v[xs]))},
    r"set (\w+) to the last item of (\w+)": lambda v, t, xs: {t: next(reversed(v[xs]))},
    r"set (\w+) to the first three items of (\w+)": lambda v, t, xs: {t: [v[xs][0], v[xs][1], v[xs][2]]},
    r"set (\w+) to the sum of the whole numbers from 1 to (\d+)": lambda v, t, n: {t: int(n) * (int(n) + 1) // 2},
    r"set (\w+) to the items of (\w+) that are greater than (\d+)": (
        lambda v, t, xs, n: {t: list(filter(int(n).__lt__, v[xs]))}
    ),
    r"set (\w+) to True if neither (\w+) nor (\w+) is true, else to False": lambda v, t, p, q: {t: v[p] + v[q] == 0},
    r"set (\w+) to True if exactly one of (\w+) and (\w+) is true, else to False": (
        lambda v, t, p, q: {t: v[p] + v[q] == 1}
    ),
    r"exchange (\w+) and (\w+)": lambda v, a, b: {a: v[b], b: v[a]},
    r"set (\w+) to the average of (\w+) and (\w+)": lambda v, t, a, b: {t: v[a] / 2 + v[b] / 2},
    r"set (\w+) to True if every item of (\w+) is positive, else to False": (
        lambda v, t, xs: {t: sorted(v[xs])[0] > 0}
    ),
    r"remove the last item of (\w+)": lambda v, xs: {xs: v[xs][: len(v[xs]) - 1]},
    r"increase (\w+) by (\d+) percent": lambda v, a, n: {a: v[a] + v[a] * int(n) / 100},
    r"put the items of (\w+) in decreasing order": lambda v, xs: {xs: sorted(v[xs])[::-1]},
}  # fmt: skip
NAMES = {
    name: {"t": "result", "a": "age", "b": "cost", "p": "done", "q": "open", "l": "sizes"}[name] for name in "tabpql"
}


def meaning(comment):
    ((means, match),) = [(f, m) for pattern, f in MEANINGS.items() if (m := re.fullmatch(pattern, comment))]
    return lambda values: means(values, *match.groups())


def situations(rng, numbers):
    """Values of all names; numbers are often the ones in the code, so that an end point makes a difference."""
    for _ in range(60):
        values = {}
        for name in ("price", "total", "age", "width", "height", "score", "weight", "speed", "cost", "points"):
            values[name] = rng.choice([*numbers, rng.randint(1, 90)])
        values |= {name: rng.random() < 0.5 for name in ("done", "valid", "ready", "empty", "late", "open")}
        for name in ("prices", "scores", "sizes", "heights", "weights", "ages"):
            values[name] = [rng.choice([*numbers, rng.randint(0, 90)]) for _ in range(rng.randint(3, 5))]
        yield values


def does(code, comment):
    """True if the code gives every name the value that its comment asks for, whatever the values before."""
    numbers = [int(text) for text in re.findall(r"\d+", comment)] or [7]
    run, means = compile(code, "line", "exec"), meaning(comment)
    for values in situations(random.Random(comment), numbers):
        after = {name: value.copy() if isinstance(value, list) else value for name, value in values.items()}
        exec(run, {}, after)
        asked = means(values)
        if any(name not in after or after[name] != pytest.approx(value) for name, value in asked.items()):
            return False
        if any(after.get(name) != value for name, value in values.items() if name not in asked):
            return False
    return True


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.comment)
def test_the_code_does_what_the_comment_says_and_no_wrong_code_does(line):
    names = NAMES | {"n": "12", "m": "31"}
    comment = line.comment.format(**names)
    assert does(line.code.format(**names), comment)
    for _, code in line.wrong:
        assert not does(code.format(**names), comment), code


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_one_line_whose_code_and_comment_differ(level, drafts):
    for draft in drafts(KIND, level, 6):
        lines = re.findall(r"^(\d+): (.+?)  # (.+)$", draft.prompt, re.MULTILINE)
        wrong = [int(number) for number, code, comment in lines if not does(code, comment)]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else []), draft.prompt
        assert draft.chance == pytest.approx(1 / (len(lines) + 1))


def test_programs_grow_and_mistakes_get_harder_with_the_level(drafts):
    lines = [mean(draft.prompt.count("  # ") for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]]
    assert lines == sorted(set(lines))
    assert [sum(bool(wrong_codes(line, level)) for line in LINES) >= 8 for level in KIND.levels[:5]] == [True] * 5
    assert not any(set(wrong_codes(line, 1)) & set(wrong_codes(line, 5)) for line in LINES)


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", [KIND.levels[5], KIND.levels[-1]])
def test_the_ladder_has_one_line_whose_code_and_comment_differ(level, drafts):
    for draft in drafts(KIND, level, 3 if level == KIND.levels[5] else 1):
        lines = re.findall(r"^(\d+): (.+?)  # (.+)$", draft.prompt, re.MULTILINE)
        near = {int(number): (code, comment) for number, code, comment in lines}
        error = int(draft.answer)
        sample = range(1, len(lines) + 1) if level == KIND.levels[5] else {1, len(lines) // 2, error or 1, len(lines)}
        assert [number for number in sorted(sample) if not does(*near[number])] == ([error] if error else [])
