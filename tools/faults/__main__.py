"""Inject faults into real runs: `python -m tools.faults`.

Kills a small run before each act that changes its store and at random times, fills its disk, limits its files, takes
permissions away, damages stored files, and drops the connections to a server. After each fault every reader looks at
the store, the run is completed, and its rows are compared with those of an undisturbed run. Prints a Markdown table
with one row per kind of fault; the exit status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .suites import SUITES, Undisturbed, undisturbed


def main(arguments: list[str] | None = None) -> int:
    """Run the suites and print what they found."""
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--only", choices=sorted(SUITES), action="append", help="a kind of fault (default: all)")
    parser.add_argument("--every", type=int, default=1, help="kill before each n-th act (default: %(default)s)")
    parser.add_argument("--times", type=int, default=200, help="kills at random times (default: %(default)s)")
    given = parser.parse_args(arguments)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        work.chmod(0o755)
        run = undisturbed(work)
        acts, seconds = sum(each.acts for each in run.stages), sum(each.seconds for each in run.stages)
        print(f"undisturbed run: {len(run.stages)} tables, {acts} acts, {seconds:.1f} s", flush=True)
        print("| fault | cases | wrong | seconds |\n|---|---:|---:|---:|", flush=True)
        for name in given.only or SUITES:
            started, found = time.monotonic(), list(_cases(SUITES[name], run, given))
            faulty = [f"{name}, {case}: {line}" for case, lines in found for line in lines]
            bad = sum(bool(lines) for _, lines in found)
            print(f"| {name} | {len(found)} | {bad} | {time.monotonic() - started:.0f} |", flush=True)
            wrong += faulty
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _cases(
    suite: Callable[[Undisturbed, int, int], Iterator[tuple[str, list[str]]]],
    run: Undisturbed,
    given: argparse.Namespace,
) -> Iterator[tuple[str, list[str]]]:
    for number, (case, lines) in enumerate(suite(run, given.every, given.times), start=1):
        print(f"  case {number}, {case}: {'wrong' if lines else 'right'}", file=sys.stderr, flush=True)
        yield case, lines


if __name__ == "__main__":
    sys.exit(main())
