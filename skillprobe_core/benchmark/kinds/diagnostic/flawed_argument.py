"""The first step of a short argument that does not follow (math).

Every step draws a conclusion, and its arithmetic is right; what has to be judged is the inference. A flawed step keeps
the sign of an inequality that is multiplied by a negative number, divides by an expression that may be zero, forgets a
case, tightens a bound, takes a statement for its converse, or multiplies divisors that share a factor. That is
diagnostic. Levels have longer arguments and flaws that are easier to read over. From level 6 on the steps multiply,
with larger numbers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

from .argument_schemes import Argument, cases, divisibility, inequality
from .error_places import error_places

_COUNT = {1: (2, 3), 2: (3, 4), 3: (4, 5), 4: (6, 7), 5: (8, 9), 6: (12, 12), 7: (22, 22), 8: (42, 42), 9: (108, 108)}
_WORDINGS = {
    "follows": "{given} {steps} Which is the first step that does not follow from what comes before it? "
    "If every step follows, answer 0.",
    "proof": "Someone argues as follows. {given} {steps} Give the number of the first step that is not justified. "
    "If there is none, answer 0.",
    "check": "Check this argument. {given} {steps} At which step is the first mistake? If there is none, answer 0.",
}
_SCHEMES: dict[str, Callable[[int, int, int, random.Random], Argument]] = {
    "cases": cases,
    "divisibility": divisibility,
    "inequality": inequality,
}


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 2 or 3 steps, level 5 up to 9 and flaws such as a bound that loses its end point, level 9
    108 steps."""
    count = rng.randint(*_COUNT[level])
    places = error_places(level, count)
    error = rng.choice(places)
    scheme, wording = rng.choice(sorted(_SCHEMES)), rng.choice(sorted(_WORDINGS))
    argument = _SCHEMES[scheme](level, count, error, rng)
    steps = " ".join(f"Step {number}: {step}." for number, step in enumerate(argument.steps, start=1))
    prompt = _WORDINGS[wording].format(given=argument.given, steps=steps)
    yield prompt
    checks = [f"Step {number} follows." for number in range(1, (error or count + 1))]
    if error:
        checks.append(f"Step {error} does not follow: {argument.flaw}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=f"{scheme}_{wording}",
        chance=1 / len(places),
        steps=sum(1 + len(re.findall(r"\d", step)) for step in argument.steps[: error or count]),
    )


KIND = Kind(
    name="flawed_argument",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.MATH,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_COUNT),
    order=3,
    grows="steps and digits, up to 108 steps with numbers of some eight digits",
)
