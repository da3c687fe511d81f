"""The first sentence of a retelling that changes the meaning of a note (general).

Every note is retold in other words. There is nothing to compute or to know; the reader judges whether two sentences
mean the same and locates the first that does not: diagnostic. Levels have more notes and changes that are easier to
read over: who did what to whom, `at least` for `more than`, `not every` for `no`, a condition turned around.
From level 6 on the notes multiply, and the change may be another name, number or thing.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places


class _Note(NamedTuple):
    """A note, retellings with its meaning, and others with the lowest level at which they are used."""

    note: str
    same: tuple[str, ...]
    other: tuple[tuple[int, str], ...]


NOTES = (
    _Note(
        "{a} is older than {b}.",
        ("{b} is younger than {a}.",),
        ((1, "{a} is younger than {b}."), (2, "{b} is older than {a}.")),
    ),
    _Note(
        "{a} arrived before {b}.",
        ("{b} arrived after {a}.",),
        ((1, "{a} arrived after {b}."), (2, "{b} arrived before {a}.")),
    ),
    _Note(
        "{a} sat to the left of {b}.",
        ("{b} sat to the right of {a}.",),
        ((1, "{a} sat to the right of {b}."), (2, "{b} sat to the left of {a}.")),
    ),
    _Note(
        "{a} paid {b} {n} coins.",
        ("{b} received {n} coins from {a}.",),
        ((1, "{b} paid {a} {n} coins."), (2, "{a} received {n} coins from {b}.")),
    ),
    _Note(
        "{a} borrowed a {thing} from {b}.",
        ("{b} lent {a} a {thing}.",),
        ((1, "{b} borrowed a {thing} from {a}."), (3, "{a} lent {b} a {thing}.")),
    ),
    _Note(
        "{a} taught {b} to swim.",
        ("{b} learned to swim from {a}.",),
        ((1, "{b} taught {a} to swim."), (3, "{a} learned to swim from {b}.")),
    ),
    _Note(
        "The bus left {n} minutes late.",
        ("The bus left {n} minutes after the planned time.",),
        ((1, "The bus left {n} minutes before the planned time."),),
    ),
    _Note(
        "{a} has twice as many books as {b}.",
        ("{b} has half as many books as {a}.",),
        ((2, "{a} has half as many books as {b}."), (3, "{b} has twice as many books as {a}.")),
    ),
    _Note(
        "The shop is closed on {day}s only.",
        ("The shop is open every day but {day}.",),
        ((2, "The shop is open on {day}s only."), (3, "The shop is closed every day but {day}.")),
    ),
    _Note(
        "At least {n} guests came.",
        ("The number of guests was {n} or more.",),
        ((2, "The number of guests was {n} or less."), (4, "More than {n} guests came.")),
    ),
    _Note(
        "At most {n} guests stayed.",
        ("No more than {n} guests stayed.",),
        ((2, "At least {n} guests stayed."), (4, "Fewer than {n} guests stayed.")),
    ),
    _Note(
        "All but {n} chairs were taken.",
        ("Exactly {n} chairs were free.",),
        ((2, "Exactly {n} chairs were taken."), (4, "At least {n} chairs were free.")),
    ),
    _Note(
        "Only {a} passed the test.",
        ("{a} passed the test, and nobody else did.",),
        ((2, "Everybody except {a} passed the test."), (4, "{a} passed the test, and so did others.")),
    ),
    _Note(
        "Nobody except {a} and {b} knew the code.",
        ("The code was known to {a} and {b} alone.",),
        (
            (2, "Everybody except {a} and {b} knew the code."),
            (4, "The code was known to either {a} or {b}, but not to both."),
        ),
    ),
    _Note(
        "Every window was shut.",
        ("No window was open.",),
        (
            (1, "Every window was open."),
            (4, "Not every window was open."),
            (5, "Some windows were shut, others were not."),
        ),
    ),
    _Note(
        "Not every lamp was lit.",
        ("At least one lamp was not lit.",),
        ((2, "Every lamp was lit."), (4, "No lamp was lit."), (5, "At least one lamp was lit.")),
    ),
    _Note(
        "Neither {a} nor {b} came.",
        ("{a} and {b} both stayed away.",),
        ((2, "{a} and {b} both came."), (4, "{a} and {b} did not both come.")),
    ),
    _Note(
        "{a} never works without music.",
        ("Whenever {a} works, there is music.",),
        ((2, "{a} never works with music."), (4, "Whenever there is music, {a} works.")),
    ),
    _Note(
        "{a} comes only if {b} comes.",
        ("If {b} does not come, {a} does not come.",),
        ((3, "{a} comes only if {b} does not come."), (5, "If {b} comes, {a} comes.")),
    ),
    _Note(
        "If it rains, the {game} is called off.",
        ("The {game} takes place only if it does not rain.",),
        ((3, "If it rains, the {game} takes place."), (5, "If it does not rain, the {game} takes place.")),
    ),
    _Note(
        "Everyone who ate the {food} fell ill.",
        ("Nobody ate the {food} without falling ill.",),
        ((3, "Nobody who ate the {food} fell ill."), (5, "Everyone who fell ill had eaten the {food}.")),
    ),
    _Note(
        "No member missed every meeting.",
        ("Every member was at one meeting or more.",),
        ((3, "No member was at any meeting."), (5, "No member missed any meeting.")),
    ),
)
_NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned",
          "Olga", "Pia", "Rita", "Sam", "Tom", "Uma")  # fmt: skip
_THINGS = ("bike", "book", "coat", "hat", "lamp", "map", "pen", "tent")
_FOODS = ("cheese", "fish", "pie", "rice", "salad", "soup", "stew")
_GAMES = ("concert", "game", "hike", "match", "party", "picnic", "race", "show")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORDINGS = {
    "pairs": "Each of these notes is followed by an arrow and a retelling in other words. {pairs} "
    "Which is the first retelling that does not mean the same as its note? If there is none, answer 0.",
    "clerk": "A clerk rewrote these notes; the new version follows the arrow. {pairs} "
    "Give the number of the first note whose meaning was changed. If there is none, answer 0.",
    "check": "Check that each sentence after the arrow means the same as the one before it. {pairs} "
    "At which number is the first mistake? If there is none, answer 0.",
}
_COUNT = {
    1: (2, 3),
    2: (3, 4),
    3: (5, 6),
    4: (7, 8),
    5: (9, 11),
    6: (22, 22),
    7: (60, 60),
    8: (160, 160),
    9: (420, 420),
}


def _filled(rng: random.Random) -> dict[str, str]:
    a, b = rng.sample(_NAMES, 2)
    return {"a": a, "b": b, "n": str(rng.randint(3, 40)), "thing": rng.choice(_THINGS), "food": rng.choice(_FOODS),
            "game": rng.choice(_GAMES), "day": rng.choice(_DAYS)}  # fmt: skip


def others(note: _Note, level: int) -> list[str]:
    """The changed retellings of a level: all up to it, at levels 4 and 5 only those that are hard to see."""
    return [text for least, text in note.other if least <= level and (level < 4 or least >= 3)]


def _changed(retelling: str, names: dict[str, str], rng: random.Random) -> str:
    """A retelling with another name, number or thing in one place."""
    slot = rng.choice(sorted(set(re.findall(r"{(\w+)}", retelling))))
    pools = {"a": _NAMES, "b": _NAMES, "thing": _THINGS, "food": _FOODS, "game": _GAMES, "day": _DAYS}
    pool = pools.get(slot, [str(number) for number in range(3, 41)])
    return retelling.format(**names | {slot: rng.choice([name for name in pool if name not in names.values()])})


def draft(level: int, rng: random.Random) -> Draft:
    """One draw: level 1 has 2 or 3 notes, level 5 up to 11, level 9 420."""
    count = rng.randint(*_COUNT[level])
    places = error_places(level, count)
    error = rng.choice(places)
    notes = rng.sample(NOTES, count) if level < LADDER else choices(rng, NOTES, count)
    if error:
        unused = [note for note in NOTES if level >= LADDER or note not in notes]
        notes[error - 1] = rng.choice([note for note in unused if others(note, level)])
    pairs, checks = [], []
    for number, note in enumerate(notes, start=1):
        names = _filled(rng)
        meant, right = note.note.format(**names), rng.choice(note.same).format(**names)
        if number == error:
            said = rng.choice(others(note, level)).format(**names)
            if level >= LADDER and "{" in note.note and rng.random() < 0.5:
                said = _changed(rng.choice(note.same), names, rng)
            checks.append(f"{number}: {meant} That is: {right} Not: {said}")
        else:
            said = right
            checks += [f"{number} means the same."] if not error or number < error else []
        pairs.append(f"({number}) {meant} -> {said}")
    wording = rng.choice(sorted(_WORDINGS))
    return Draft(
        prompt=_WORDINGS[wording].format(pairs=" ".join(pairs)),
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        steps=sum(1 + len(set(re.findall(r"{\w+}", note.note))) for note in notes[: error or count]),
    )


KIND = Kind(
    name="retelling",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.GENERAL,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_COUNT),
    order=3,
    grows="notes, up to 420; ends at some 30,000 characters, beyond which only the text gets longer",
)
