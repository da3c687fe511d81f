"""A model in a Hugging Face cache whose branches or tags are steps: `models--ORG--NAME/snapshots/COMMIT/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.bounded_files import read_text
from skillprobe_core.runs.model_files import ModelFiles

from .completeness import LastAct, Mark
from .layout import LARGEST_STEP, Found, Layout, is_folder, names_in

REVISION = re.compile(r"(?:global[_-]?)?(?:step|checkpoint)[_-]?(?P<step>[0-9]+)(?:[^0-9].*)?")
"""Names of revisions that are steps: `step1000`, `step1000-tokens5B`, `global_step200`, `checkpoint-40`."""
PARTIAL = ".incomplete"
_LONGEST = 1000


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per branch or tag whose name is a step and whose commit is in the cache.

    A snapshot has no marker: its files must be quiet, and no download may be running. The digest of a large file is the
    name of the file that a snapshot links to, so it need not be read for its identity.
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
            yield Found(root, int(match["step"]), ModelFiles.of(snapshot), _downloaded(root))


def _downloaded(root: Path) -> LastAct:
    def look() -> Mark:
        running = sorted(name for name in names_in(root / "blobs") if name.endswith(PARTIAL))
        return Mark(f"blobs/{running[0][:16]}... is being downloaded" if running else None)

    return look


LAYOUT = Layout(
    name="hub_cache",
    looks_for="models--ORG--NAME/refs/stepN with snapshots/COMMIT/",
    find=find,
    order=46,
    entries=("refs",),
    trainers="a cache of the Hugging Face hub",
    complete=f"the commit's files are there, none ends in {PARTIAL}, and none changed for settle_seconds",
    parts="all in snapshots/COMMIT/",
    signs=("refs", "snapshots", "refs/*step*"),
)
