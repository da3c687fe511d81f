"""Digests of a kind's streams, in this process and in one with another hash seed.

Run as `python -m skillprobe_core.benchmark.battery.kind_streams MODULE`, it prints the digests of that module's kinds.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import product

from skillprobe_core.benchmark.item_schema import Kind, Split
from skillprobe_core.benchmark.ladder import LADDER
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.engine.digest import digest_of

from .kind_modules import kinds_of

OWN = "skillprobe_core.benchmark.kind_registry"
_SEEDS = (0, 7)


def stream_digest(
    kind: Kind, levels: Sequence[int], count: int = 4, splits: Iterable[Split] = Split, seeds: Sequence[int] = _SEEDS
) -> str:
    """Digest (32 hexadecimal digits) of the first `count` draws of these levels in each split and with each seed."""
    sha = hashlib.sha256()
    for level, split, seed, index in product(levels, splits, seeds, range(count)):
        item = draw(kind, level, split, seed, index)
        held = None if item is None else [str(getattr(item, name)) for name in item._fields]
        sha.update(digest_of(level, split, seed, index, held).encode())
    return sha.hexdigest()[:32]


def stream_digests(kinds: Sequence[Kind]) -> dict[str, str]:
    """Stream digests by `NAME VERSION`, and by `NAME VERSION from 6` for one draw of each level of the ladder."""
    found: dict[str, str] = {}
    for kind in kinds:
        name = f"{kind.name} {kind.version}"
        found[name] = stream_digest(kind, [level for level in kind.levels if level < LADDER])
        if kind.levels[-1] >= LADDER:
            ladder = [level for level in kind.levels if level >= LADDER]
            found[f"{name} from {LADDER}"] = stream_digest(kind, ladder, 1, (Split.TRAIN,), (0,))
    return found


def digests_elsewhere(module: str, hash_seed: int) -> dict[str, str]:
    """The stream digests of a module's kinds, from a new process with that PYTHONHASHSEED and the C locale."""
    ended = subprocess.run(
        [sys.executable, "-m", __name__, module],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "LC_ALL": "C"},
    )
    found: dict[str, str] = json.loads(ended.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(stream_digests(kinds_of(sys.argv[1]))))
