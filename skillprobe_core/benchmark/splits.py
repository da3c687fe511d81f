"""The split of a prompt and of a unit, and the random stream of a draw: all depend on digests alone.

A draw belongs to a split by its prompt. A kind that draws from a list, such as a table of facts, also states the units
that the question rests on. Each unit is withheld from training or not, so that no wording of a withheld fact is in the
training split, and evaluation asks for withheld facts alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from random import Random

from skillprobe_core.engine.digest import canonical

from .item_schema import Draft, Item, Kind, Split, finished, make_item, prompt_of

_MAX_DRAWS = 2000
_BUCKETS = (Split.EVALUATION, Split.VALIDATION, *[Split.TRAIN] * 8)


def split_of(prompt: str) -> Split:
    """The one split that may hold this prompt: 80 % train, 10 % validation, 10 % evaluation.

    It depends on the words of the prompt alone (case and spacing ignored), so that no seed, level, kind or
    version can put one prompt into two splits.
    """
    words = prompt.casefold()
    # Every character that splits words, except a single space, is not printable.
    if "  " in words or not words.isprintable() or words != words.strip():
        words = " ".join(words.split())
    return _BUCKETS[int.from_bytes(sha256(words.encode()).digest()[:8], "big") % len(_BUCKETS)]


def is_withheld(unit: str) -> bool:
    """True for the half of all units on which evaluation alone may ask.

    It depends on the name of the unit alone, so it is the same in every kind, level, version and seed.
    """
    return sha256(f"unit/{unit.casefold()}".encode()).digest()[0] % 2 == 0


def permits(split: Split, units: Iterable[str]) -> bool:
    """True if items of the split may rest on all of these units: withheld ones in evaluation, others elsewhere."""
    return all(is_withheld(unit) == (split is Split.EVALUATION) for unit in units)


@lru_cache(maxsize=1024, typed=True)
def _stream(name: str, version: int, level: int, split: Split, seed: int) -> str:
    """The common start of all places of a stream, as canonical JSON."""
    return canonical((name, version, level, split, seed)).removesuffix("]")


def draw(kind: Kind, level: int, split: Split, seed: int, index: int) -> Item | None:
    """The item at one place of a kind's stream: the first draw whose prompt and units belong to `split`.

    The same (kind, version, level, split, seed, index) gives the same bytes on any machine. None if no draw of this
    stream belongs to the split (a space of a few prompts).
    """
    found = draw_with_units(kind, level, split, seed, index)
    return found[0] if found else None


def draw_with_units(kind: Kind, level: int, split: Split, seed: int, index: int) -> tuple[Item, tuple[str, ...]] | None:
    """The same item as `draw`, with the units that it rests on."""
    found = _first(kind, level, split, seed, index, split)
    return (make_item(kind, level, split, found), found.units) if found else None


def draw_for_pretraining(kind: Kind, level: int, seed: int, index: int) -> Item | None:
    """An item of the training prompts on any unit: the same as `draw` for a kind without units.

    A base model may know the facts that evaluation asks for, under other prompts. What is trained to be compared with
    that base draws from the training split.
    """
    found = _first(kind, level, Split.TRAIN, seed, index, None)
    return make_item(kind, level, Split.TRAIN, found) if found else None


def _first(kind: Kind, level: int, split: Split, seed: int, index: int, of_units: Split | None) -> Draft | None:
    """The first draw with a prompt of `split`, on units of `of_units` (None: on any)."""
    place = f"{_stream(kind.name, kind.version, level, split, seed)},{index}]"
    rng = Random(int.from_bytes(sha256(place.encode()).digest(), "big"))
    for _ in range(_MAX_DRAWS):
        made = kind.draft(level, rng)
        if split_of(prompt_of(made)) == split:
            draft = finished(made)
            if of_units is None or permits(of_units, draft.units):
                return draft
    return None
