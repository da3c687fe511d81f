"""The split of a prompt and the random stream of a draw: both depend on digests alone."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from random import Random

from skillprobe_core.engine.digest import canonical

from .item_schema import Item, Kind, Split, finished, make_item, prompt_of

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


@lru_cache(maxsize=1024, typed=True)
def _stream(name: str, version: int, level: int, split: Split, seed: int) -> str:
    """The common start of all places of a stream, as canonical JSON."""
    return canonical((name, version, level, split, seed)).removesuffix("]")


def draw(kind: Kind, level: int, split: Split, seed: int, index: int) -> Item | None:
    """The item at one place of a kind's stream: the first draw whose prompt belongs to `split`.

    The same (kind, version, level, split, seed, index) gives the same bytes on any machine. None if no draw of this
    stream belongs to the split (a space of a few prompts).
    """
    place = f"{_stream(kind.name, kind.version, level, split, seed)},{index}]"
    rng = Random(int.from_bytes(sha256(place.encode()).digest(), "big"))
    for _ in range(_MAX_DRAWS):
        made = kind.draft(level, rng)
        if split_of(prompt_of(made)) == split:
            return make_item(kind, level, split, finished(made))
    return None
