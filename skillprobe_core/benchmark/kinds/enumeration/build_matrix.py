"""Every job of a build matrix that its rules leave (coding).

A build matrix is the product of a few short lists minus the combinations that rules forbid. Rules are given in
the prompt and need a look at two words; nothing is executed or recalled. The work is to go through the product
in order and keep each allowed job once: enumeration.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken

_AXES = (
    ("systems", ("linux", "mac", "windows", "bsd")),
    ("processors", ("arm", "intel", "power", "riscv")),
    ("compilers", ("gcc", "clang", "msvc", "tcc")),
    ("modes", ("debug", "release", "profile", "small")),
    ("databases", ("mysql", "sqlite", "redis", "mongo")),
    ("languages", ("python", "ruby", "java", "rust")),
)
_SIZES: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((2, 2), (2, 3), (3, 2)),
    2: ((3, 3), (2, 4), (4, 2)),
    3: ((2, 2, 3), (2, 3, 2), (3, 2, 2)),
    4: ((3, 3, 2), (3, 2, 3), (2, 3, 3)),
    5: ((3, 2, 2, 3), (2, 3, 3, 2), (2, 3, 2, 3)),
}
_RULES = {1: 1, 2: 2, 3: 2, 4: 4, 5: 6}
_WORDINGS = {
    "jobs": "A build runs one job for every combination of {axes}, except that {rules}. "
    "List all jobs in the form {form}, separated by commas.",
    "matrix": "A test matrix combines {axes}. However, {rules}. "
    "Which jobs remain? Write them in the form {form}, separated by commas.",
    "allowed": "A program is built for {axes}. It is known that {rules}. "
    "List every combination that is possible, written in the form {form}, separated by commas.",
}


def _rules(level: int, values: list[tuple[str, ...]], rng: random.Random) -> list[tuple[str, str]]:
    """Pairs of values of two axes that may not meet, without repetition."""
    rules: list[tuple[str, str]] = []
    while len(rules) < _RULES[level]:
        one, other = sorted(rng.sample(range(len(values)), 2))
        rule = (rng.choice(values[one]), rng.choice(values[other]))
        if rule not in rules:
            rules.append(rule)
    return rules


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has two short lists and one rule, level 5 four lists (36 combinations) and six rules."""
    sizes = rng.choice(_SIZES[level])
    most = {1: 5, 2: 8, 3: 10, 4: 12, 5: 14}[level]
    while True:
        axes = [_AXES[i] for i in rng.sample(range(len(_AXES)), len(sizes))]
        values = [tuple(rng.sample(names, size)) for (_, names), size in zip(axes, sizes, strict=True)]
        rules = _rules(level, values, rng)
        whole = list(itertools.product(*values))
        allowed = [job for job in whole if not any(a in job and b in job for a, b in rules)]
        if 1 <= len(allowed) <= most:
            break
    wording = rng.choice(sorted(_WORDINGS))
    axes_text = [f"{name} ({', '.join(names)})" for (name, _), names in zip(axes, values, strict=True)]
    rules_text = [f"{a} does not work with {b}" for a, b in rules]
    prompt = _WORDINGS[wording].format(
        axes=spoken(axes_text),
        rules=spoken(rules_text),
        form="-".join(name.removesuffix("s") for name, _ in axes),
    )
    yield prompt
    listed = tuple("-".join(job) for job in allowed)
    shown = whole if level <= 3 else allowed
    checked = "; ".join(f"{'-'.join(job)} {'yes' if job in allowed else 'no'}" for job in shown)
    answer = ", ".join(listed)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
    )


KIND = Kind(
    name="build_matrix",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.CODING,
    answer_type=AnswerType.SET,
    draft=draft,
    order=1,
)
