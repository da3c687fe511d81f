"""100 adjusted paired comparisons of verdicts: skillprobe compared with evalci, one thread.

skillprobe does all of `study_tests` (pairing, sign flips, intervals, bootstrap, McNemar, detectable drops, subtotals);
evalci does `compare` with its permutation test and bootstrap interval for each comparison, and Holm's correction. Both
get the same verdicts, in turn, and are measured in processor time.
"""

from __future__ import annotations

import argparse
import os
import statistics as averages
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from ._figure import emit, emit_missing, row, versions
from ._peer_process import THREADS, PeerProcess
from .environments import MissingError

# a cell of the benchmark: three kinds, five levels, twelve items each
CELLS, STEPS, ITEMS, RUNS, RESAMPLES = 20, 5, 180, 3, 9_999


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line with the figure `vs_evalci`: the ratio of evalci's processor time to skillprobe's."""
    argparse.ArgumentParser(prog="python -m benchmarks statistics", description=__doc__).parse_args(arguments)
    if any(os.environ.get(name) != "1" for name in THREADS):
        # BLAS reads its thread count when it is loaded, so the comparison runs in a process that starts with it
        command = [sys.executable, "-m", "benchmarks.statistics"]
        raise SystemExit(subprocess.run(command, env=os.environ | dict.fromkeys(THREADS, "1"), check=False).returncode)
    try:
        with PeerProcess("evalci", "evalci_worker") as peer, tempfile.TemporaryDirectory() as folder:
            emit(compare(peer, Path(folder) / "scores.npz"))
    except MissingError as error:
        emit_missing("vs_evalci", "evalci", error)


def compare(peer: PeerProcess, file: Path) -> dict[str, object]:
    """The comparison, on verdicts that are written to `file`."""
    rng = np.random.default_rng(0)
    base = rng.random((CELLS, ITEMS)) < 0.6
    moved = rng.random((STEPS, CELLS, ITEMS)) < 0.25
    tuned = np.where(moved, rng.random((STEPS, CELLS, ITEMS)) < 0.5, base)
    np.savez(file, base=base.astype(float), tuned=tuned.astype(float))
    peer.ask(file=str(file), resamples=9)  # one-time work is not measured
    seconds, peer_seconds, difference = [], [], 0.0
    for _ in range(RUNS):
        spent, p = _skillprobe(base, tuned)
        answer = peer.ask(file=str(file), resamples=RESAMPLES)
        seconds.append(spent)
        peer_seconds.append(answer["seconds"])
        difference = float(np.abs(p - np.array(answer["p"])).max())
    spent, peer_spent = averages.median(seconds), averages.median(peer_seconds)
    return row(
        "vs_evalci",
        unit=f"processor s for {CELLS * STEPS} comparisons of {ITEMS} items",
        skillprobe=spent,
        peer="evalci",
        peer_figure=peer_spent,
        ratio=peer_spent / spent,
        threads=1,
        runs=RUNS,
        versions=versions("numpy", "scipy", "polars") | {"evalci": peer.versions["evalci"]},
        largest_p_difference=difference,
    )


def _skillprobe(base: np.ndarray, tuned: np.ndarray) -> tuple[float, np.ndarray]:
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


if __name__ == "__main__":
    main()
