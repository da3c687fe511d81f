"""The lock files: each package with its version, where it is installed, and the hashes of its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
READING_LOCK = ROOT / "requirements-reading.lock"

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+?))?\s*\\?"
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock: its name in lower case with hyphens, version, marker and the SHA-256 of each file."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]


def normalised(name: str) -> str:
    """The name of a package as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> Iterator[Locked]:
    """The packages of a lock.

    Args:
        text: Content of a requirements file with hashes.

    Yields:
        Each package.

    Raises:
        ValueError: A requirement is not an exact version.
    """
    for entry in re.split(r"\n(?=\S)", text.strip()):
        first = entry.split("\n")[0]
        found = _LINE.fullmatch(first.strip())
        if found is None:
            raise ValueError(f"not an exact version: {first}")
        hashes = tuple(_HASH.findall(entry))
        yield Locked(normalised(found["name"]), found["version"], found["marker"], hashes)
