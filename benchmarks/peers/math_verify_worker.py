"""math-verify: `parse` and `verify`, without their timeouts, which need signals."""

from __future__ import annotations

import time
from typing import Any

from math_verify import parse, verify

from .worker import serve


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Check completions (pairs of answer and text); returns the processor seconds and which of them are right."""
    start = time.process_time()
    right = [
        bool(verify(parse(f"${answer}$", parsing_timeout=0), parse(text, parsing_timeout=0), timeout_seconds=0))
        for answer, text in request["completions"]
    ]
    return {"seconds": time.process_time() - start, "right": right}


if __name__ == "__main__":
    serve(work, ["math-verify"])
