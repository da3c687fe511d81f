"""WeightWatcher: its singular values and its fit of a power law, without the rest of its analysis."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from weightwatcher.constants import EVALS_THRESH
from weightwatcher.RMT_Util import svd_vals
from weightwatcher.WW_powerlaw import pl_fit

from .worker import serve


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Singular values and alpha of the matrices in files; returns the processor seconds of both, and the alphas."""
    spectrum, fit, alphas = 0.0, 0.0, []
    for file in request["files"]:
        matrix = np.load(file)
        start = time.process_time()
        values = np.sort(svd_vals(matrix.astype(float), method="accurate").flatten())
        middle = time.process_time()
        eigenvalues = values * values
        alphas.append(float(pl_fit(eigenvalues[eigenvalues > EVALS_THRESH]).alpha))
        spectrum, fit = spectrum + middle - start, fit + time.process_time() - middle
    return {"spectrum": spectrum, "fit": fit, "alphas": alphas}


if __name__ == "__main__":
    serve(work, ["weightwatcher", "numpy", "scipy"])
