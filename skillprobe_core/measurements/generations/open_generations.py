"""Notes on generations that have begun and are not finished, so that their answers can be read before the last one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from skillprobe_core.engine.digest import digest_of

_FOLDER = "open_generations"


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A checkpoint whose items are being answered, or were until its process ended.

    log: the version of the chunk log that holds its answers. sampling: the canonical sampling settings of a row.
    prompts: the digests of its prompts, since the log may hold answers to others. expected: number of answers when all
    are there.
    """

    model: str
    step: int
    protocol: str
    item_set: str
    sampling: str
    log: str
    prompts: tuple[str, ...]
    expected: int


@contextmanager
def noted(work: Path, generation: OpenGeneration) -> Iterator[None]:
    """Note a generation in a store's folder for work in progress until the block ends without an error."""
    folder = work / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{digest_of(generation.log, generation.protocol, generation.model, generation.step)[:32]}.json"
    temporary = note.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(generation)), encoding="utf-8")
    temporary.replace(note)
    yield
    note.unlink(missing_ok=True)


def open_generations(work: Path) -> list[OpenGeneration]:
    """The generations noted in a store's folder for work in progress, by model and step."""
    found = []
    for note in sorted((work / _FOLDER).glob("*.json")):
        with suppress(OSError, ValueError, TypeError, KeyError):  # removed since, or of another version
            fields = json.loads(note.read_text(encoding="utf-8"))
            found.append(OpenGeneration(**{**fields, "prompts": tuple(fields["prompts"])}))
    return sorted(found, key=lambda each: (each.model, each.step, each.protocol))
