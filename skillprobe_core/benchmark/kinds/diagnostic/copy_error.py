"""The place where a copied list differs from its original (general).

A minimal-error kind: original and copy stand side by side and differ in at most one entry, by one word at the lower
levels and by one character or two swapped ones at the higher. Nothing is computed, known or run; the reader
compares and locates: diagnostic. Levels have longer lists and entries that look more alike.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices

_WORDS = ("apple", "bread", "butter", "cake", "carrot", "cheese", "cream", "egg", "fish", "flour", "grape", "honey",
          "jam", "lemon", "milk", "nut", "oil", "onion", "pear", "plum", "rice", "salt", "soup", "tea")  # fmt: skip
_WORDINGS = {
    "copy": "Original: {original}. Copy: {copy}. Which entry was copied wrongly? If there is none, answer 0.",
    "list": "The list was {original}. Somebody wrote down {copy}. "
    "Give the number of the entry that differs. If there is none, answer 0.",
    "compare": "Compare {original} with {copy}. At which entry is the difference? If there is none, answer 0.",
}
_COUNT = {1: (3, 4), 2: (5, 6), 3: (6, 8), 4: (9, 11), 5: (12, 16)}
_LENGTH = {2: 2, 3: 4, 4: 6, 5: 8}
_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def _entries(level: int, count: int, rng: random.Random) -> list[str]:
    if level == 1:
        return rng.sample(_WORDS, count)
    if level == 2:
        return [f"{rng.randint(2, 9)} {word}" for word in rng.sample(_WORDS, count)]
    return ["".join(choices(rng, _CHARACTERS, _LENGTH[level])) for _ in range(count)]


def _miscopied(entry: str, level: int, rng: random.Random) -> str:
    """The entry with its word, its number, one character or two neighbouring characters wrong."""
    while True:
        if level == 1:
            wrong = rng.choice(_WORDS)
        elif level == 2:
            number, word = entry.split()
            wrong = f"{rng.randint(2, 9)} {word}" if rng.random() < 0.5 else f"{number} {rng.choice(_WORDS)}"
        else:
            characters = list(entry)
            place = rng.randrange(len(entry) - 1)
            if rng.random() < 0.4:
                characters[place], characters[place + 1] = characters[place + 1], characters[place]
            else:
                characters[place] = rng.choice(_CHARACTERS)
            wrong = "".join(characters)
        if wrong != entry:
            return wrong


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 or 4 words, level 5 up to 16 codes of eight characters."""
    count = rng.randint(*_COUNT[level])
    error = rng.randint(0, count)
    original = _entries(level, count, rng)
    copy = original.copy()
    if error:
        copy[error - 1] = _miscopied(original[error - 1], level, rng)
    wording = rng.choice(sorted(_WORDINGS))
    numbered = [", ".join(f"({n}) {entry}" for n, entry in enumerate(entries, start=1)) for entries in (original, copy)]
    prompt = _WORDINGS[wording].format(original=numbered[0], copy=numbered[1])
    yield prompt
    checks = [f"({n}) {entry} ok." for n, entry in enumerate(original[: error - 1 if error else count], start=1)]
    if error:
        checks.append(f"({error}) {original[error - 1]}, not {copy[error - 1]}.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / (count + 1),
        evidence=(original[(error or count) - 1],),
    )


KIND = Kind(
    name="copy_error",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.GENERAL,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    order=3,
)
