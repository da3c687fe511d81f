"""evalci: `compare` with its permutation test and bootstrap interval for each comparison, and Holm's correction."""

from __future__ import annotations

import time
from typing import Any

import evalci
import numpy as np
from evalci._correction import correct_pvalues

from .worker import serve


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Compare the scores in a file; returns the processor seconds and the p-values before the correction."""
    scores = np.load(request["file"])
    base, tuned = scores["base"], scores["tuned"]
    start = time.process_time()
    p = [
        evalci.compare(tuned[step, cell], base[cell], n_resamples=request["resamples"], random_state=1).p_value
        for step in range(len(tuned))
        for cell in range(len(base))
    ]
    correct_pvalues(p, method="holm")
    return {"seconds": time.process_time() - start, "p": p}


if __name__ == "__main__":
    serve(work, ["evalci", "numpy", "scipy"])
