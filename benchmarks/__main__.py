"""Compare skillprobe's speed with other libraries and with lower bounds.

`python -m benchmarks` runs all benchmarks and prints one table; `python -m benchmarks NAME` runs one and prints its
JSON lines; `python -m benchmarks NAME --help` lists its options. `make bench-peers` creates the peers' environments.
Exit status: 0 if only peers were missing, 1 if a benchmark failed.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ._table import table
from .environments import FOLDER

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Names of all benchmarks with the first line of their descriptions. Other modules here begin with `_`."""
    files = sorted(path for path in HERE.glob("[a-z]*.py") if path.stem != "environments")
    return {path.stem: (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0] for path in files}


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark or all; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    known = benchmarks()
    if given and given[0] in known:
        # In place of this process: a parent would kill the benchmark 0.25 s after Ctrl-C, before it has cleaned up.
        os.execv(sys.executable, [sys.executable, "-m", f"benchmarks.{given[0]}", *given[1:]])
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        usage="%(prog)s [-h] [--json FILE] | NAME [options of the benchmark]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="benchmarks:\n" + "\n".join(f"  {name:<12} {about}" for name, about in known.items()),
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE as JSON lines")
    parser.add_argument("name", nargs="?", metavar="NAME", help="benchmark to run (default: all)")
    options = parser.parse_args(given)
    if options.name:
        parser.error(f"unknown benchmark {options.name!r}; use one of {', '.join(known)}")
    rows: list[dict[str, Any]] = []
    for name in known:
        rows += run(name)
        if options.json:  # after each, so that an interrupted run leaves the figures that it measured
            options.json.write_text("".join(json.dumps(row) + "\n" for row in rows))
    print(table(rows))
    return 1 if any("failed" in row for row in rows) else 0


def run(name: str) -> list[dict[str, Any]]:
    """Run one benchmark in a process; returns its JSON lines, and one that names the failure if it failed."""
    logs = FOLDER / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    print(f"{name}: running, log in {log.relative_to(FOLDER.parent)}", file=sys.stderr, flush=True)
    start = time.monotonic()
    with log.open("w") as errors:
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        ended = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=errors, text=True)
    print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    rows = [{"benchmark": name, **json.loads(line)} for line in ended.stdout.splitlines() if line.startswith("{")]
    if ended.returncode:
        reason = next((line for line in reversed(log.read_text(errors="replace").splitlines()) if line.strip()), "")
        rows.append({"benchmark": name, "failed": f"exit status {ended.returncode}: {reason.strip()}"})
    return rows


if __name__ == "__main__":
    sys.exit(main())
