"""The peer's end of the pipe: one JSON line in, one JSON line out. Needs nothing but Python, for a peer has no more."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any


def serve(work: Callable[[dict[str, Any]], dict[str, Any]], distributions: Iterable[str]) -> None:
    """Print the versions of the distributions, then answer each request on standard input by `work`."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # peers print to standard output, some of them from C
    sys.stdout = sys.stderr
    print(json.dumps({"versions": versions(distributions)}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(work(json.loads(line))), file=answers, flush=True)


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Versions of the distributions that are installed."""
    found = {}
    for name in distributions:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
