"""An item kind of your own. In skillprobe.toml: plugins = ["own_kind.py"], with this file next to it.

`skillprobe items check examples/own_kind.py` runs the battery of checks that every kind passes.
"""

from __future__ import annotations

import random

from skillprobe import AnswerType, Domain, Draft, Drafting, Kind, Skill

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a word and rotate it; the answer is the word that is left after all rotations."""
    word = "".join(rng.sample(LETTERS, 4 + level))
    moves = [rng.randint(1, 3) for _ in range(level + 1)]
    listed = ", then by ".join(str(move) for move in moves)
    prompt = f"Move the first letters of {word} to its end, first by {listed}. Which letters are there then?"
    yield prompt
    lines = []
    for move in moves:
        word = word[move:] + word[:move]
        lines.append(f"{move} moved: {word}")
    reference = "\n".join([*lines, f"Answer: {word}"])
    return Draft(prompt, word, reference, template="rotation", chance=1 / (4 + level))


KIND = Kind("rotated_letters", 1, Skill.SIMULATION, Domain.GENERAL, AnswerType.TEXT, draft)
