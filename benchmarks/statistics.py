"""100 adjusted paired comparisons: ours compared with evalci, on the same verdicts with one thread.

Ours does all of `study_tests` (pairing, sign flips, intervals, bootstrap, McNemar, detectable drops, subtotals); evalci
does `compare` with its permutation test and bootstrap interval for each comparison, and Holm's correction.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics as averages
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

# a cell of the benchmark: three kinds, five levels, twelve items each
CELLS, STEPS, ITEMS, RUNS, RESAMPLES = 20, 5, 180, 3, 9_999

PEER = """
import json, sys, time
from importlib.metadata import version
import numpy as np
import evalci
from evalci._correction import correct_pvalues
scores = np.load(sys.argv[1])
base, tuned = scores["base"], scores["tuned"]
evalci.compare(tuned[0, 0], base[0], n_resamples=9)
start = time.process_time()
p = [
    evalci.compare(tuned[step, cell], base[cell], n_resamples=int(sys.argv[2]), random_state=1).p_value
    for step in range(len(tuned))
    for cell in range(len(base))
]
correct_pvalues(p, method="holm")
print(json.dumps({"seconds": time.process_time() - start, "p": p, "version": version("evalci")}))
"""


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line with the figure `vs_evalci`: the ratio of evalci's processor time to ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", default=sys.executable, help="a Python with evalci (extra `bench`)")
    peer_python = parser.parse_args(arguments).peer_python
    if os.environ.get("OMP_NUM_THREADS") != "1":
        # BLAS reads its thread count when it is loaded, so the comparison runs in a process that starts with it
        command = [sys.executable, "-m", "benchmarks.statistics", "--peer-python", peer_python]
        raise SystemExit(subprocess.run(command, env=_one_thread(), check=False).returncode)
    rng = np.random.default_rng(0)
    base = rng.random((CELLS, ITEMS)) < 0.6
    moved = rng.random((STEPS, CELLS, ITEMS)) < 0.25
    tuned = np.where(moved, rng.random((STEPS, CELLS, ITEMS)) < 0.5, base)
    ours, theirs, p, peer = [], [], np.empty(0), {}
    for _ in range(RUNS):
        seconds, p = _ours(base, tuned)
        ours.append(seconds)
        peer = _peer(base, tuned, peer_python)
        theirs.append(peer["seconds"])
    ratio = averages.median(theirs) / averages.median(ours)
    line = {
        "name": "vs_evalci",
        "unit": f"processor seconds for {CELLS * STEPS} comparisons of {ITEMS} items",
        "ours": round(averages.median(ours), 3),
        "peer": "evalci",
        "peer_figure": round(averages.median(theirs), 3),
        "ratio": round(ratio, 2),
        "threads": 1,
        "runs": RUNS,
        "largest_p_difference": round(float(np.abs(p - np.array(peer["p"])).max()), 4),
        "versions": {"evalci": peer["version"], **{name: version(name) for name in ("numpy", "scipy", "polars")}},
    }
    print(json.dumps(line))


def _ours(base: np.ndarray, tuned: np.ndarray) -> tuple[float, np.ndarray]:
    from skillprobe_core.measurements.study.study_tests import study_tests

    number = np.arange(CELLS * ITEMS)
    items = pl.DataFrame(
        {
            "item_set": "benchmark",
            "item_id": [f"{n:06d}" for n in number],
            "skill": [f"skill {n // ITEMS // 4}" for n in number],
            "domain": [f"domain {n // ITEMS % 4}" for n in number],
            "kind": [f"kind {n // ITEMS}" for n in number],
            "level": number % 3 + 1,
            "template": [f"kind {n // ITEMS}/{n % 4}" for n in number],
            "source": "procedural",
        }
    )
    keys = items.select("item_set", "item_id")

    def verdicts(right: np.ndarray, model: str, step: int) -> pl.DataFrame:
        return keys.with_columns(
            pl.lit(model).alias("model"),
            pl.lit(step, pl.Int64).alias("step"),
            pl.Series("verdict", np.where(right.ravel(), "correct", "wrong")),
        )

    checkpoints = pl.concat(verdicts(tuned[step], "tuned", step + 1) for step in range(STEPS))
    base_verdicts = verdicts(base, "base", 0)
    start = time.process_time()
    table = study_tests(checkpoints, base_verdicts, items, base_model="base")
    seconds = time.process_time() - start
    return seconds, table.filter(scope="cell").sort("step", "skill", "domain")["p"].to_numpy()


def _peer(base: np.ndarray, tuned: np.ndarray, python: str) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scores.npz"
        np.savez(file, base=base.astype(float), tuned=tuned.astype(float))
        command = [python, "-c", PEER, str(file), str(RESAMPLES)]
        done = subprocess.run(command, env=_one_thread(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{python} cannot run evalci:\n{done.stderr.strip()}\n"
            "  Remedy: pip install 'skillprobe[bench]', or give a Python that has evalci with --peer-python"
        )
    return json.loads(done.stdout)


def _one_thread() -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
    return os.environ | dict.fromkeys(names, "1")


if __name__ == "__main__":
    main()
