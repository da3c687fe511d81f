"""Which split a prompt belongs to, and the random stream of a draw: both follow from digests alone."""

from __future__ import annotations

import hashlib

from .randomness import Stream
from .schema import Item, Kind, Split, digest_of, finished, make_item, prompt_of

_MAX_DRAWS = 2000


def split_of(prompt: str) -> Split:
    """The one split that may hold this prompt: 80 % train, 10 % validation, 10 % evaluation.

    It depends on the words of the prompt alone (case and spacing ignored), so that no seed, level, kind or
    version can put one prompt into two splits.
    """
    words = " ".join(prompt.casefold().split())
    bucket = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") % 10
    if bucket == 0:
        return Split.EVALUATION
    return Split.VALIDATION if bucket == 1 else Split.TRAIN


def draw(kind: Kind, level: int, split: Split, seed: int, index: int) -> Item | None:
    """The item at one place of a kind's stream: the first draw whose prompt falls into `split`.

    The same (kind, version, level, split, seed, index) gives the same bytes on any machine. None where no
    draw of this stream falls into the split (a space of a few prompts).
    """
    rng = Stream(int(digest_of(kind.name, kind.version, level, split, seed, index), 16))
    for _ in range(_MAX_DRAWS):
        made = kind.draft(level, rng)
        if split_of(prompt_of(made)) == split:
            return make_item(kind, level, split, finished(made))
    return None
