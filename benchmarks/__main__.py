"""`python -m benchmarks NAME [options]` runs one comparison and prints its JSON lines; without a name, all run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    """Run the comparisons named on the command line; returns the exit status."""
    if len(sys.argv) > 1:
        name, *options = sys.argv[1:]
        if name not in NAMES:
            print(f"unknown benchmark {name!r}; use one of {', '.join(NAMES)}", file=sys.stderr)
            return 2
        return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False).returncode
    failed = 0
    print(f"{'benchmark':<12} {'figure':<34} {'ours':>12} {'peer':>12} {'ratio':>8}")
    for name in NAMES:
        ended = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], check=False, capture_output=True, text=True
        )
        failed += ended.returncode != 0
        for line in ended.stdout.splitlines():
            if line.startswith("{"):
                row = json.loads(line)
                cells = (
                    f"{row.get(key, ''):>{width}}" for key, width in (("ours", 12), ("peer_figure", 12), ("ratio", 8))
                )
                print(f"{name:<12} {row.get('name', ''):<34} {' '.join(cells)}")
        if ended.returncode:
            print(f"{name}: {ended.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
