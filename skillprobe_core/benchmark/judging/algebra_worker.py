"""The worker's side of symbolic checking: one JSON pair of formulas per line in, one JSON truth value per line out.

Run as `python -m skillprobe_core.benchmark.judging.algebra_worker`. It has no time limit of its own: the process that
started it (`symbolic.py`) kills it.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TextIO


def equal(answer: str, found: str) -> bool:
    """True if math-verify finds two formulas equal; False for formulas that it cannot read."""
    from math_verify import parse, verify

    right = parse(f"${answer}$", parsing_timeout=0)
    given = parse(found if "$" in found else f"${found}$", parsing_timeout=0)
    return bool(verify(right, given, timeout_seconds=0))


def serve(requests: TextIO, replies: TextIO) -> None:
    """Answer requests until the stream ends; the first line says that the worker is ready."""
    import math_verify  # noqa: F401 (the import takes a second, which must not count for the first question)

    logging.disable(logging.CRITICAL)
    print(json.dumps("ready"), file=replies, flush=True)
    for line in requests:
        answer, found = json.loads(line)
        try:
            verdict = equal(answer, found)
        except (Exception, RecursionError):
            verdict = False
        print(json.dumps(verdict), file=replies, flush=True)


if __name__ == "__main__":
    # Output of a library must not come between replies.
    channel, sys.stdout = sys.stdout, sys.stderr
    serve(sys.stdin, channel)
