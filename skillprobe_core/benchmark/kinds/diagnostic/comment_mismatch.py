"""The first line of code that does not do what its comment says (coding).

Each comment states what its line is meant to do. Nothing has to be run and no value is known: the reader compares the
intention with the code and locates the first line that does something else. That is diagnostic. Levels have more lines
and mistakes that are easier to read over: an end point, the order of two operands, `and` for `or`. From level 6 on the
lines multiply, and the mistake may be another name.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places


class _Line(NamedTuple):
    """A comment, the code that does it, and wrong code with the lowest level at which it is used.

    {t} is a name that gets a value, {a} and {b} are numbers, {p} and {q} truth values, {l} is a list, {n} and {m} are
    whole numbers with {n} < {m}.
    """

    comment: str
    code: str
    wrong: tuple[tuple[int, str], ...]


LINES = (
    _Line("add {a} to {b}", "{b} = {b} + {a}", ((1, "{b} = {b} - {a}"), (2, "{a} = {a} + {b}"))),
    _Line("subtract {a} from {b}", "{b} = {b} - {a}", ((1, "{b} = {b} + {a}"), (2, "{b} = {a} - {b}"))),
    _Line("set {t} to the larger of {a} and {b}", "{t} = max({a}, {b})", ((1, "{t} = min({a}, {b})"),)),
    _Line("set {t} to the smaller of {a} and {b}", "{t} = min({a}, {b})", ((1, "{t} = max({a}, {b})"),)),
    _Line("double {a}", "{a} = {a} * 2", ((1, "{a} = {a} / 2"), (2, "{a} = {a} + 2"), (3, "{a} = {a} ** 2"))),
    _Line("set {t} to half of {a}, rounded down", "{t} = {a} // 2", ((2, "{t} = {a} % 2"), (3, "{t} = {a} / 2"))),
    _Line("set {t} to the last digit of {a}", "{t} = {a} % 10", ((2, "{t} = {a} // 10"),)),
    _Line(
        "set {t} to the remainder of {a} divided by {b}",
        "{t} = {a} % {b}",
        ((1, "{t} = {a} * {b}"), (2, "{t} = {a} // {b}"), (3, "{t} = {b} % {a}")),
    ),
    _Line(
        "set {t} to True if {a} is at least {n}, else to False",
        "{t} = {a} >= {n}",
        ((1, "{t} = {a} < {n}"), (2, "{t} = {a} <= {n}"), (3, "{t} = {a} > {n}")),
    ),
    _Line(
        "set {t} to True if {a} is at most {n}, else to False",
        "{t} = {a} <= {n}",
        ((1, "{t} = {a} > {n}"), (2, "{t} = {a} >= {n}"), (3, "{t} = {a} < {n}")),
    ),
    _Line(
        "set {t} to True if {a} is from {n} to {m}, both included, else to False",
        "{t} = {n} <= {a} <= {m}",
        ((3, "{t} = {n} < {a} < {m}"), (4, "{t} = {n} <= {a} < {m}"), (5, "{t} = {n} <= {a} or {a} <= {m}")),
    ),
    _Line(
        "set {t} to the number of items in {l}", "{t} = len({l})", ((1, "{t} = sum({l})"), (3, "{t} = len({l}) - 1"))
    ),
    _Line("set {t} to the first item of {l}", "{t} = {l}[0]", ((1, "{t} = {l}[-1]"), (2, "{t} = {l}[1]"))),
    _Line(
        "set {t} to the last item of {l}",
        "{t} = {l}[-1]",
        ((1, "{t} = {l}[0]"), (3, "{t} = {l}[1]"), (4, "{t} = {l}[len({l}) - 2]")),
    ),
    _Line(
        "set {t} to the first three items of {l}",
        "{t} = {l}[:3]",
        ((2, "{t} = {l}[3:]"), (3, "{t} = {l}[:2]"), (4, "{t} = {l}[1:3]")),
    ),
    _Line(
        "set {t} to the sum of the whole numbers from 1 to {n}",
        "{t} = sum(range(1, {n} + 1))",
        ((3, "{t} = sum(range({n}))"), (4, "{t} = sum(range(1, {n}))")),
    ),
    _Line(
        "set {t} to the items of {l} that are greater than {n}",
        "{t} = [item for item in {l} if item > {n}]",
        ((2, "{t} = [item for item in {l} if item < {n}]"), (4, "{t} = [item for item in {l} if item >= {n}]")),
    ),
    _Line(
        "set {t} to True if neither {p} nor {q} is true, else to False",
        "{t} = not ({p} or {q})",
        ((3, "{t} = not {p} or not {q}"), (4, "{t} = not ({p} and {q})"), (5, "{t} = not {p} or {q}")),
    ),
    _Line(
        "set {t} to True if exactly one of {p} and {q} is true, else to False",
        "{t} = {p} != {q}",
        ((3, "{t} = {p} == {q}"), (4, "{t} = {p} or {q}")),
    ),
    _Line("exchange {a} and {b}", "{a}, {b} = {b}, {a}", ((2, "{a}, {b} = {a}, {b}"), (3, "{a} = {b}"))),
    _Line(
        "set {t} to the average of {a} and {b}",
        "{t} = ({a} + {b}) / 2",
        ((2, "{t} = {a} + {b}"), (4, "{t} = {a} + {b} / 2")),
    ),
    _Line(
        "set {t} to True if every item of {l} is positive, else to False",
        "{t} = all(item > 0 for item in {l})",
        ((3, "{t} = any(item > 0 for item in {l})"), (5, "{t} = all(item >= 0 for item in {l})")),
    ),
    _Line("remove the last item of {l}", "{l}.pop()", ((2, "{l}.pop(0)"), (3, "{l}.pop(1)"))),
    _Line(
        "increase {a} by {n} percent",
        "{a} = {a} * (100 + {n}) / 100",
        ((2, "{a} = {a} * (100 - {n}) / 100"), (3, "{a} = {a} * {n} / 100"), (4, "{a} = {a} + {n} / 100")),
    ),
    _Line(
        "put the items of {l} in decreasing order",
        "{l}.sort(reverse=True)",
        ((2, "{l}.sort()"), (3, "{l}.reverse()")),
    ),
)
_NAMES = {
    "t": ("result", "value", "answer", "mark", "found", "chosen", "part", "output", "state", "latest", "held", "kept"),
    "ab": ("price", "total", "age", "width", "height", "score", "weight", "speed", "cost", "points"),
    "pq": ("done", "valid", "ready", "empty", "late", "open"),
    "l": ("prices", "scores", "sizes", "heights", "weights", "ages"),
}
_WORDINGS = {
    "intent": "Each comment states what its line of Python is meant to do.\n{program}\n"
    "Which is the first line whose code does something else? If there is none, answer 0.",
    "review": "Review this Python code against its comments.\n{program}\n"
    "Give the number of the first line that does not do what its comment says. If there is none, answer 0.",
    "plan": "A student turned a plan, now in the comments, into Python code.\n{program}\n"
    "At which line does the code first differ from the plan? If there is none, answer 0.",
}
_COUNT = {
    1: (2, 3),
    2: (3, 4),
    3: (5, 6),
    4: (7, 8),
    5: (10, 12),
    6: (20, 20),
    7: (58, 58),
    8: (160, 160),
    9: (400, 400),
}


def _filled(rng: random.Random) -> dict[str, str]:
    low = rng.randint(2, 40)
    a, b = rng.sample(_NAMES["ab"], 2)
    p, q = rng.sample(_NAMES["pq"], 2)
    names = {"t": rng.choice(_NAMES["t"]), "a": a, "b": b, "p": p, "q": q, "l": rng.choice(_NAMES["l"])}
    return names | {"n": str(low), "m": str(low + rng.randint(3, 40))}


def wrong_codes(line: _Line, level: int) -> list[str]:
    """The wrong codes of a level: all up to it, at levels 4 and 5 only those that are hard to see."""
    return [code for least, code in line.wrong if least <= level and (level < 4 or least >= 3)]


def _misnamed(code: str, names: dict[str, str], rng: random.Random) -> str:
    """The code with one of its names replaced by another name of the same sort."""
    sorts = {"a": "ab", "b": "ab", "p": "pq", "q": "pq"}
    places = [match for match in re.finditer(r"{(\w)}", code) if match[1] not in "nm"]
    place = rng.choice(places)
    pool = _NAMES[sorts.get(place[1], place[1])]
    other = rng.choice([name for name in pool if name not in names.values()])
    return (code[: place.start()] + other + code[place.end() :]).format(**names)


def _looks(code: str) -> int:
    """Names, numbers and operators of a line, which are compared with the comment one by one."""
    return len(re.findall(r"\w+|(?!= )[-+*/%<>=!]+", code))


def draft(level: int, rng: random.Random) -> Draft:
    """One draw: level 1 has 2 or 3 lines, level 5 up to 12, level 9 400."""
    count = rng.randint(*_COUNT[level])
    places = error_places(level, count)
    error = rng.choice(places)
    lines = rng.sample(LINES, count) if level < LADDER else choices(rng, LINES, count)
    if error:
        unused = [line for line in LINES if level >= LADDER or line not in lines]
        lines[error - 1] = rng.choice([line for line in unused if wrong_codes(line, level)])
    program, checks, looks = [], [], 0
    for number, line in enumerate(lines, start=1):
        names = _filled(rng)
        right, comment = line.code.format(**names), line.comment.format(**names)
        code = right
        if number == error:
            if level >= LADDER and rng.random() < 0.5:
                code = _misnamed(line.code, names, rng)
            else:
                code = rng.choice(wrong_codes(line, level)).format(**names)
        looks += _looks(code) if not error or number <= error else 0
        program.append(f"{number}: {code}  # {comment}")
        if number == error:
            checks.append(f"Line {number}: to {comment} is {right}, not {code}.")
        elif not error or number < error:
            checks.append(f"Line {number} does so.")
    wording = rng.choice(sorted(_WORDINGS))
    return Draft(
        prompt=_WORDINGS[wording].format(program="\n".join(program)),
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        steps=looks,
    )


KIND = Kind(
    name="comment_mismatch",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.CODING,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_COUNT),
    order=1,
    grows="lines of code, up to 400; ends at some 30,000 characters, beyond which only the text gets longer",
)
