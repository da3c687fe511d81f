"""SHA-256 digests that a Hugging Face cache keeps as names of files."""

from __future__ import annotations

import os
import re
from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_LINKS = 40


def blob_digest(path: Path) -> str | None:
    """The SHA-256 of a file's bytes, read from the name of the cached blob that the path links to; None elsewhere.

    In a cache `models--ORG--NAME/snapshots/REVISION/FILE` links to `models--ORG--NAME/blobs/ETAG`. The ETag of a large
    file (LFS) is its SHA-256, 64 hexadecimal digits; that of any other file is a git hash of 40, which is not used. The
    blob may itself be a link into a store that repositories share, where names are other hashes.
    """
    for _ in range(_MOST_LINKS):
        if not path.is_symlink():
            return None
        folder = path.parent.resolve()
        target = Path(os.path.normpath(folder / path.readlink()))
        if target.parent.name == "blobs" and folder.is_relative_to(target.parent.parent / "snapshots"):
            return target.name if _SHA256.fullmatch(target.name) else None
        path = target
    return None
