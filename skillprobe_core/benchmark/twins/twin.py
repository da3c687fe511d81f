"""Unanswerable twins of items: the same question without one of its premises."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Twin:
    """A question that lacks a premise, so that its right answer is that it cannot be determined.

    prompt: the question without the premise.
    removed: the premise in a few words, for example `price of one cup`.
    restored: two questions of the same kind with the premise put back in two ways. Their answers differ, which proves
        that the twin has none.
    """

    prompt: str
    removed: str
    restored: tuple[str, str]


@dataclass(frozen=True, slots=True)
class TwinKind:
    """The rule that turns items of one kind into their twins.

    kind: name of the kind.
    remove: gets an item's prompt, its answer and a source of randomness that decides which premise is removed. It
        returns None for an item without a premise whose removal makes it unanswerable, and for a wording that it does
        not know.
    """

    kind: str
    remove: Callable[[str, str, random.Random], Twin | None]
