"""Checks architectures of transformers: `python -m tools.architectures [--write] [MODEL_TYPE ...]`."""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from skillprobe_core.terminal import say

from .checks import Findings, check, quiet
from .page import page
from .tiny_models import architectures

PAGE = Path(__file__).parents[2] / "docs" / "architectures.md"


def main() -> None:
    """Check the given model types (default: all), one line each; with `--write` renew docs/architectures.md."""
    parser = argparse.ArgumentParser(prog="python -m tools.architectures", description=__doc__)
    parser.add_argument("types", nargs="*", metavar="MODEL_TYPE", help="Model types to check (default: all).")
    parser.add_argument("--write", action="store_true", help="Write docs/architectures.md; checks all types.")
    parser.add_argument("--workers", type=int, default=1, help="Processes (default: 1).")
    options = parser.parse_args()
    types = options.types if options.types and not options.write else architectures()
    found = []
    with ProcessPoolExecutor(options.workers, get_context("spawn"), initializer=quiet) as pool:
        for each in pool.map(check, types):
            found.append(each)
            say(line(each))
    if options.write:
        PAGE.write_text(page(found), encoding="utf-8")


def line(found: Findings) -> str:
    """The result of one architecture in one line."""
    result = found.refused or "; ".join(found.faults) or "agrees"
    result += f" ({found.library})" if found.library else ""
    other = f" (without a component: {', '.join(found.other)})" if found.other else ""
    return f"{found.model_type} {found.class_name} {found.decoding}: {result}{other}"


if __name__ == "__main__":
    main()
