"""Fuzz what reads the files of strangers: `python -m tools.fuzz [TARGET ...] --inputs 100000`.

Inputs are mutations of valid files, and those that take new branches are mutated further. Each input may end in a
SkillprobeError and in nothing else, within 5 processor seconds. The exit status is 1 if one did not.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .fuzzing import fuzz
from .targets import TARGETS


def main(arguments: list[str] | None = None) -> int:
    """Fuzz the targets and print one line per target, then each finding; returns the number of findings."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", choices=[[], *TARGETS], help="targets (default: all)")
    parser.add_argument(
        "--inputs", type=int, default=100_000, help="inputs of all targets together (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the random numbers (default: %(default)s)")
    parser.add_argument("--save", type=Path, help="folder for the inputs of findings (default: they are printed)")
    given = parser.parse_args(arguments)
    targets = [TARGETS[name] for name in given.target or TARGETS]
    shares = sum(target.share for target in targets)
    findings = []
    print("| target | inputs | refused | kept | branches | processor seconds | slowest | findings |")
    print("|---|---|---|---|---|---|---|---|")
    for target in targets:
        with TemporaryDirectory(prefix="skillprobe-fuzz-") as folder:
            found = fuzz(target, Path(folder), math.ceil(given.inputs * target.share / shares), given.seed)
        findings += found.findings
        print(
            f"| {target.name} | {found.inputs} | {found.refused} | {found.kept} | {len(found.branches)} "
            f"| {found.seconds:.0f} | {found.slowest:.2f} | {len(found.findings)} |",
            flush=True,
        )
    for number, each in enumerate(findings):
        if given.save is not None:
            given.save.mkdir(parents=True, exist_ok=True)
            (given.save / f"{each.target}-{number}").write_bytes(each.data)
        print(f"{each.target}: {each.error} at {each.where}: {each.data[:300]!r}")
    return len(findings)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
