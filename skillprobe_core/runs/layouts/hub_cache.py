"""A model in a Hugging Face cache whose branches or tags are steps: `models--ORG--NAME/snapshots/COMMIT/`."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.bounded_files import read_object, read_text
from skillprobe_core.runs.content_files import CONFIG_FILES, is_tokenizer
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE

from .completeness import LastAct, Mark
from .layout import LARGEST_STEP, Found, Layout, changed_at, is_folder, names_in

REVISION = re.compile(r"(?:global[_-]?)?(?:step|checkpoint)[_-]?(?P<step>[0-9]+)(?:[^0-9].*)?")
"""Names of revisions that are steps: `step1000`, `step1000-tokens5B`, `global_step200`, `checkpoint-40`."""
PARTIAL = ".incomplete"
STALLED_SECONDS = 600
"""A partial file that has not changed for so long belongs to a download that has ended."""
_LONGEST = 1000


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per branch or tag whose name is a step and whose commit is in the cache.

    The digest of a large file is the name of the file that a snapshot links to, so it need not be read for its
    identity.
    """
    if not root.name.startswith("models--"):
        return
    for name in sorted(names_in(root / "refs")):
        match = REVISION.fullmatch(name)
        try:
            commit = read_text(root / "refs" / name, _LONGEST).strip() if match else ""
        except (OSError, ValueError):
            continue
        snapshot = root / "snapshots" / commit
        if (
            match
            and int(match["step"]) <= LARGEST_STEP
            and re.fullmatch("[0-9a-f]{40}", commit)
            and is_folder(snapshot)
        ):
            yield Found(root, int(match["step"]), ModelFiles.of(snapshot), _downloaded(root, commit))


def _downloaded(root: Path, commit: str) -> LastAct:
    def look() -> Mark:
        listed = _listing(root / "trees" / f"{commit}.json")
        if listed is None:
            return _unlisted(root / "blobs")
        absent = [name for name, size in listed.items() if _size(root / "snapshots" / commit / name) != size]
        return Mark(f"{min(absent)} is not downloaded", writing=True) if absent else Mark(at=math.inf)

    return look


def _listing(file: Path) -> dict[str, int] | None:
    """Sizes in bytes of the files of a commit that have to be there; None without such a list.

    huggingface_hub writes the list before it downloads a commit. A file appears in a snapshot when it is complete, and
    those of a commit never change. The shards that an index names are checked for every layout.
    """
    try:
        entries = read_object(file)["files"]
        return {name: int(entry["size"]) for name, entry in entries.items() if _counts(name)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _counts(name: str) -> bool:
    return name in (*CONFIG_FILES, SINGLE_FILE, INDEX_FILE, ADAPTER_FILE) or is_tokenizer(name)


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def _unlisted(blobs: Path) -> Mark:
    """The state of a cache of an earlier huggingface_hub: a killed download leaves a file that changes no more."""
    for name in sorted(names_in(blobs)):
        if name.endswith(PARTIAL) and time.time() - changed_at(blobs / name) / 1e9 < STALLED_SECONDS:
            return Mark(f"blobs/{name[:16]}... is being downloaded", writing=True)
    return Mark()


LAYOUT = Layout(
    name="hub_cache",
    looks_for="models--ORG--NAME/refs/stepN with snapshots/COMMIT/",
    find=find,
    order=46,
    entries=("refs",),
    trainers="a cache of the Hugging Face hub",
    complete=f"all files of trees/COMMIT.json are there; without this list, none in blobs/ ends in {PARTIAL}, and none "
    "changed for settle_seconds",
    parts="all in snapshots/COMMIT/",
    signs=("refs", "snapshots", "refs/*step*"),
)
