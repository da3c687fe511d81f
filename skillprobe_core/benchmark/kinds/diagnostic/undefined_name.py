"""The first line of a program that uses a name before it has a value (coding).

Nothing has to be run or computed: values do not matter, only whether each name on the right was assigned on an earlier
line. The reader checks line after line and locates the first that would fail: diagnostic. Levels have more
lines and names, longer names that differ in one letter, and names that `del` takes away again. From level 6 on the
lines multiply, with more names in each.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places

_WORDINGS = {
    "which": "Python runs these lines in order.\n{program}\n"
    "Which is the first line that uses a name without a value? If there is none, answer 0.",
    "review": "Review this program.\n{program}\n"
    "Give the number of the first line that fails because a name is not defined. If there is none, answer 0.",
    "check": "Check that every name is set before it is used.\n{program}\n"
    "At which line is the first mistake? If there is none, answer 0.",
}
_LINES = {1: (2, 3), 2: (4, 5), 3: (6, 7), 4: (8, 9), 5: (10, 12), 6: (16, 16), 7: (40, 40), 8: (100, 100),
          9: (220, 220), 10: (480, 480)}  # fmt: skip
_SHORT = "abcdefghkmnpqrstuvwxyz"
_ALIKE = (("count", "counts"), ("cost", "costs"), ("item", "items"), ("list_a", "list_b"), ("total", "totals"),
          ("size", "sizes"), ("value", "values"), ("row", "rows"), ("name", "names"), ("price", "prices"))  # fmt: skip
_TWIN = {**dict(_ALIKE), **{other: name for name, other in _ALIKE}}


def _names(level: int, count: int, rng: random.Random) -> list[str]:
    """More names than lines: single letters, from level 3 on pairs that look alike."""
    if level <= 2:
        return rng.sample(_SHORT, count + 1)
    return [name for pair in rng.sample(_ALIKE, min(count // 2 + 1, len(_ALIKE))) for name in pair]


def _missing(pool: list[str], known: list[str], gone: list[str], rng: random.Random) -> str:
    """A name without a value: one that was deleted, else one that looks like a known one, else any."""
    missing = [name for name in pool if name not in known]
    deleted = [name for name in gone if name not in known]
    alike = [name for name in missing if _TWIN.get(name) in known]
    return rng.choice(deleted or alike or missing)


def _expression(names: list[str], level: int, rng: random.Random) -> str:
    """A sum of a few names, with a number now and then."""
    most = 1 if level <= 2 else 2 if level < LADDER else min(2 * level - 8, len(names))
    parts = [rng.choice(names) for _ in range(rng.randint(1 if level < LADDER else (most + 1) // 2, most))]
    if rng.random() < 0.5:
        parts.append(str(rng.randint(1, 9)))
    return " + ".join(parts)


def _looks(line: str) -> int:
    """The names of a line: each that is used was set or was not, and each that is set is set from here on."""
    code = line.partition(": ")[2].removeprefix("del ")
    return sum(not part.isdigit() for part in code.replace(" = ", " + ").split(" + "))


def draft(level: int, rng: random.Random) -> Draft:
    """One draw: level 1 has 2 or 3 lines of one-letter names, level 5 up to 12 lines of look-alike names,
    level 10 480 lines."""
    count = rng.randint(*_LINES[level])
    places = error_places(level, count)
    error = rng.choice(places)
    pool = _names(level, count, rng)
    known: list[str] = []
    gone: list[str] = []
    lines, checks = [], []
    evidence = ""
    for number in range(1, count + 1):
        missing = [name for name in pool if name not in known]
        if number == error:
            lost = _missing(pool, known, gone, rng)
            target = rng.choice([name for name in pool if name != lost])
            good = [rng.choice(known)] if known and level >= 2 and rng.random() < 0.6 else []
            used = [*good, lost]
            rng.shuffle(used)
            lines.append(f"{number}: {target} = {' + '.join(used)}")
            evidence = lost
            checks.append(f"{number}: {lost} is not set.")
            known += [target] if target not in known else []
            continue
        # In the ladder a name without a value remains for the error.
        if level >= 4 and len(known) >= 3 and (rng.random() < 0.2 or (level >= LADDER and len(missing) < 2)):
            name = rng.choice(known)
            known.remove(name)
            gone.append(name)
            lines.append(f"{number}: del {name}")
            shown, step = name, f"{name} is set"
        elif not known or (rng.random() < (0.35 if level < LADDER else 0.1) and missing):
            name = rng.choice(missing)
            lines.append(f"{number}: {name} = {rng.randint(1, 9)}")
            known.append(name)
            shown, step = name, f"{name} gets a number"
        else:
            code = _expression(known, level, rng)
            used = [part for part in code.split(" + ") if not part.isdigit()]
            name = rng.choice(missing) if missing and (level == 1 or rng.random() < 0.7) else rng.choice(known)
            lines.append(f"{number}: {name} = {code}")
            known += [name] if name not in known else []
            shown, step = used[-1], f"{' and '.join(dict.fromkeys(used))} is set"
        if not error or number < error:
            evidence = shown
            checks.append(f"{number}: {step} ok.")
    wording = rng.choice(sorted(_WORDINGS))
    return Draft(
        prompt=_WORDINGS[wording].format(program="\n".join(lines)),
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=(evidence,),
        steps=sum(map(_looks, lines[: error or count])),
    )


KIND = Kind(
    name="undefined_name",
    version=2,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.CODING,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_LINES),
    order=2,
    grows="lines and names in a line, up to 480 lines",
)
