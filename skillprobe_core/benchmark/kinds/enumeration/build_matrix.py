"""Every job of a build matrix that its rules leave (coding).

A build matrix is the product of a few short lists minus the combinations that rules forbid. Rules are given in
the prompt and need a look at two words; nothing is executed or recalled. The work is to go through the product
in order and keep each allowed job once: enumeration. Levels have longer lists and more rules. From level 6 on there are
more lists, and rules between any two of them, so that the partial jobs that have to be tried double.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken
from skillprobe_core.benchmark.ladder import LADDER

from .assignments import assignments, exclusions
from .search_sizes import LADDER_LEVELS, has_size, most_looks

_AXES = (
    ("systems", ("linux", "mac", "windows", "bsd")),
    ("processors", ("arm", "intel", "power", "riscv")),
    ("compilers", ("gcc", "clang", "msvc", "tcc")),
    ("modes", ("debug", "release", "profile", "small")),
    ("databases", ("mysql", "sqlite", "redis", "mongo")),
    ("languages", ("python", "ruby", "java", "rust")),
)
_MORE_AXES = (
    *_AXES,
    ("shells", ("bash", "zsh", "fish", "ksh")),
    ("browsers", ("firefox", "chrome", "safari", "opera")),
    ("packages", ("deb", "rpm", "msi", "zip")),
    ("queues", ("kafka", "rabbit", "nats", "pulsar")),
    ("editors", ("vim", "emacs", "nano", "kate")),
)
_SIZES: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((2, 2), (2, 3), (3, 2)),
    2: ((3, 3), (2, 4), (4, 2)),
    3: ((2, 2, 3), (2, 3, 2), (3, 2, 2)),
    4: ((3, 3, 2), (3, 2, 3), (2, 3, 3)),
    5: ((3, 2, 2, 3), (2, 3, 3, 2), (2, 3, 2, 3)),
}
_RULES = {1: 1, 2: 2, 3: 2, 4: 4, 5: 6}
# Number of lists of four values, and the probability that two values of different lists may not meet.
_LADDER = {6: (4, 0.46), 7: (6, 0.345), 8: (8, 0.28), 9: (10, 0.228)}
_MOST = {1: 5, 2: 8, 3: 10, 4: 12, 5: 14} | dict.fromkeys(_LADDER, 60)
_WORDINGS = {
    "jobs": "A build runs one job for every combination of {axes}, except that {rules}. "
    "List all jobs in the form {form}, separated by commas.",
    "matrix": "A test matrix combines {axes}. However, {rules}. "
    "Which jobs remain? Write them in the form {form}, separated by commas.",
    "allowed": "A program is built for {axes}. It is known that {rules}. "
    "List every combination that is possible, written in the form {form}, separated by commas.",
}


_Axes = Sequence[tuple[str, tuple[str, ...]]]
_Rule = tuple[str, str]


def _rules(level: int, values: list[tuple[str, ...]], rng: random.Random) -> list[_Rule]:
    """Pairs of values of two axes that may not meet, without repetition."""
    rules: list[_Rule] = []
    while len(rules) < _RULES[level]:
        one, other = sorted(rng.sample(range(len(values)), 2))
        rule = (rng.choice(values[one]), rng.choice(values[other]))
        if rule not in rules:
            rules.append(rule)
    return rules


def _matrix(level: int, sizes: tuple[int, ...], rng: random.Random) -> tuple[_Axes, list[_Rule]]:
    axes = [_AXES[i] for i in rng.sample(range(len(_AXES)), len(sizes))]
    values = [tuple(rng.sample(names, size)) for (_, names), size in zip(axes, sizes, strict=True)]
    return [(name, names) for (name, _), names in zip(axes, values, strict=True)], _rules(level, values, rng)


def _long_matrix(level: int, rng: random.Random) -> tuple[_Axes, list[_Rule]]:
    """Longer matrices, with rules between any two lists. One job is drawn first, and no rule forbids it."""
    count, share = _LADDER[level]
    axes = rng.sample(_MORE_AXES, count)
    job = {rng.choice(names) for _, names in axes}
    pairs = [pair for (_, one), (_, other) in itertools.combinations(axes, 2) for pair in itertools.product(one, other)]
    return axes, [(a, b) for a, b in pairs if rng.random() < share and not (a in job and b in job)]


def _jobs(axes: _Axes, rules: list[_Rule], most: int | None) -> tuple[list[tuple[str, ...]], int]:
    """The allowed jobs in the order of the product, and the number of values tried."""
    names = [name for _, values in axes for name in values]
    number = {name: place for place, name in enumerate(names)}
    places = [[number[name] for name in values] for _, values in axes]
    found, looks = assignments(places, exclusions([(number[a], number[b]) for a, b in rules]), most=most)
    return [tuple(names[value] for value in job) for job in found], looks


def _rules_text(level: int, rules: list[_Rule]) -> str:
    if level < LADDER:
        return spoken([f"{a} does not work with {b}" for a, b in rules])
    others: dict[str, list[str]] = {}
    for a, b in rules:
        others.setdefault(a, []).append(b)
    return "; ".join(
        f"{a} does not work with {', '.join(bs[:-1])} or {bs[-1]}" if bs[1:] else f"{a} does not work with {bs[0]}"
        for a, bs in others.items()
    )


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has two short lists and one rule, level 5 four lists (36 combinations) and six rules, level 9
    ten lists and some 160 forbidden pairs."""
    sizes = rng.choice(_SIZES[level]) if level < LADDER else ()
    while True:
        axes, rules = _matrix(level, sizes, rng) if level < LADDER else _long_matrix(level, rng)
        allowed, looks = _jobs(axes, rules, most_looks(level))
        if 1 <= len(allowed) <= _MOST[level] and has_size(level, looks):
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        axes=spoken([f"{name} ({', '.join(names)})" for name, names in axes]),
        rules=_rules_text(level, rules),
        form="-".join(name.removesuffix("s") for name, _ in axes),
    )
    yield prompt
    listed = tuple("-".join(job) for job in allowed)
    shown = list(itertools.product(*(names for _, names in axes))) if level <= 3 else allowed
    checked = "; ".join(f"{'-'.join(job)} {'yes' if job in allowed else 'no'}" for job in shown)
    answer = ", ".join(listed)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
        steps=looks,
    )


KIND = Kind(
    name="build_matrix",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.CODING,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=LADDER_LEVELS,
    order=1,
    grows="lists and forbidden pairs, up to ten lists of four values",
)
