"""A kind's draws change only together with its version.

The digests were taken when each version was written. Where one differs, raise the kind's version and write the new
line that the failing test shows.
"""

import hashlib
import json
from pathlib import Path

import pytest

from skillprobe_core.items.kinds import calculation, simulation
from skillprobe_core.items.schema import Split
from skillprobe_core.items.splits import draw

FILE = Path(__file__).with_name("stream_digests.json")
KNOWN = json.loads(FILE.read_text())
KINDS = [*calculation.KINDS, *simulation.KINDS]


def digest(kind):
    sha = hashlib.sha256()
    for level in kind.levels:
        for index in range(20):
            item = draw(kind, level, Split.TRAIN, 0, index)
            sha.update(repr((item.item_id, item.prompt, item.reference, item.template)).encode())
    return sha.hexdigest()[:32]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_draws_are_those_of_the_version(kind):
    key, found = f"{kind.name} {kind.version}", digest(kind)
    assert KNOWN.get(key) == found, f'the draws of this version have digest: "{key}": "{found}"'


def test_no_digest_is_left_over():
    assert set(KNOWN) == {f"{kind.name} {kind.version}" for kind in KINDS}
