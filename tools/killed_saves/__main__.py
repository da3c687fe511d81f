"""Kill real saves at random points: `python -m tools.killed_saves BASE --kills 50`.

BASE is the folder of a small model. Prints a Markdown table with one row per library; the exit status is 1 if a
checkpoint was taken that lacks anything.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .kills import killed
from .savers import SAVERS


def main(arguments: list[str] | None = None) -> int:
    """Kill the saves of each library, and print what they left."""
    parser = argparse.ArgumentParser(prog="python -m tools.killed_saves", description=__doc__)
    parser.add_argument("base", type=Path, help="folder of a small model")
    parser.add_argument("--kills", type=int, default=50, help="kills per library (default: %(default)s)")
    parser.add_argument("--only", choices=sorted(SAVERS), help="one library (default: all)")
    given = parser.parse_args(arguments)
    faults: list[str] = []
    print("| library | kills | complete | taken when settled | not taken | partial reads |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, saver in SAVERS.items():
        if given.only in (None, name):
            _, *found = killed(saver, given.base.absolute(), given.kills)
            own = [fault for each in found for fault in each.partial]
            counts = (sum(each.complete for each in found), sum(each.settled for each in found),
                      sum(each.unfinished for each in found))  # fmt: skip
            print(f"| {name} | {len(found)} | {' | '.join(map(str, counts))} | {len(own)} |", flush=True)
            faults += own
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
