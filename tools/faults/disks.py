"""Full disks and limits of file sizes: one clear error, no part of a file, and a run that goes on afterwards."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .children import Ended, run
from .kills import problems
from .small_run import evaluate, write_settings
from .stores import healed

LIMITS = (0, 300, 1_000, 3_000, 8_000, 20_000, 40_000)
"""Limits of file sizes in bytes."""
SIZES = (16, 24, 32, 48, 64, 96, 128, 192, 256, 320, 384, 448, 512, 576, 640)
"""Sizes of disks in kilobytes."""


def small_disks(work: Path, sizes: tuple[int, ...] = SIZES) -> Iterator[tuple[str, list[str]]]:
    """Run on a disk of each size until it is full; then enlarge it, complete the run and compare.

    The disk is a tmpfs, which only root may mount: without that right there is no case.
    """
    for size in sizes:
        with _mounted(work / "disk", size) as place:
            if place is None:
                return
            home = place / "store"
            write_settings(home)
            ended = run(evaluate, home, work)
            wrong = _refusal(ended, "No space left")
            subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
            yield f"disk of {size} kB", wrong + problems(run(healed, home, work, work / "undisturbed"))


def small_files(work: Path, limits: tuple[int, ...] = LIMITS) -> Iterator[tuple[str, list[str]]]:
    """Run with a limit of file sizes (RLIMIT_FSIZE); then without one, and compare."""
    for limit in limits:
        home = work / "store"
        shutil.rmtree(home, ignore_errors=True)
        write_settings(home)
        wrong = _refusal(run(_limited, limit, home, work), "File too large")
        yield f"files of {limit} bytes", wrong + problems(run(healed, home, work, work / "undisturbed"))


def _limited(limit: int, home: Path, work: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    evaluate(home, work)


def _refusal(ended: Ended, named: str) -> list[str]:
    """Nothing if the run ended well, or with an error that names the cause and a remedy."""
    if ended.ok or (named in ended.refused and "Remedy" in ended.refused):
        return []
    return [f"no clear error: {ended.refused or ended.fault or 'killed'}"]


@contextmanager
def _mounted(place: Path, kilobytes: int) -> Iterator[Path | None]:
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
