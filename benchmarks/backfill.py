"""Time of a backfill of many small checkpoints beyond the work itself, by the processes that share it.

A random model of four layers has many checkpoints, whose base is evaluated beforehand. `runs` starts a process per
checkpoint, as Dagster's launcher does for the runs of a backfill: interpreter, imports, definitions, then all assets of
the checkpoint by Dagster with its event log in SQLite. `range` materialises the same partitions in one process, as a
run over a range of partitions would. `worker` evaluates them in one process without Dagster, as the workers of
`skillprobe watch` do. All evaluate one checkpoint after the other and store the same rows. `work` is the processor time
of the tables themselves, measured in the worker after its first checkpoint. Not included are the daemon's queue (up to
a second until a run is started) and the start of an engine such as vLLM, which `engine_idle_seconds` shares.

Figures are processor seconds per checkpoint, of all processes and threads; `wall` is the time per checkpoint.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skillprobe_core import __version__

from ._figure import emit, row, versions
from .bytes_read import _models

_PROGRAMS = {
    "Dagster's definitions": "import skillprobe_dagster.definitions",
    "PyTorch and transformers": "import skillprobe_dagster.definitions, torch, transformers",
}
_SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "contradiction"]
[sampling]
max_new_tokens = 16
[divergence]
texts = ["reference"]
[compute]
device = "cpu"
[[runs]]
model = "m"
folder = "{root}/run"
base = "{root}/base"
method = "sft"
"""


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per way to share processes, and one per start of a process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks backfill", description=__doc__)
    parser.add_argument("--checkpoints", type=int, default=100, help="number of checkpoints (default: %(default)s)")
    parser.add_argument("--width", type=int, default=64, help="width of the random model (default: %(default)s)")
    parser.add_argument("--in-process", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.in_process:
        way, home, *keys = options.in_process
        (_worker if way == "worker" else _dagster)(Path(home), keys)
        return
    for name, program in _PROGRAMS.items():
        _emit(f"start/{name}", 1, *_measured([[sys.executable, "-W", "ignore", "-c", program]], os.environ))
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        _models(root, options.width)
        keys = _more_checkpoints(root, options.checkpoints)
        work = None
        for way in ("worker", "range", "runs"):
            seconds, wall, measured = _backfill(root, way, keys)
            work = measured if work is None else work
            _emit(way, len(keys), seconds, wall, work=work)


def _backfill(root: Path, way: str, keys: Sequence[str]) -> tuple[float, float, float | None]:
    """Processor and wall seconds of a backfill into a new store, and of the work itself where that is measured."""
    home = root / way
    home.mkdir()
    (home / "skillprobe.toml").write_text(_SETTINGS.format(root=root))
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    environment = {**os.environ, "SKILLPROBE_HOME": str(home), "DAGSTER_HOME": str(home), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.backfill", "--in-process"]
    _measured([[*command, way, str(home), "m/0"]], environment)
    parts = [[key] for key in keys] if way == "runs" else [list(keys)]
    seconds, wall = _measured([[*command, way, str(home), *part] for part in parts], environment)
    work = home / "work.json"
    return seconds, wall, json.loads(work.read_text()) if work.exists() else None


def _measured(commands: Sequence[Sequence[str]], environment: os._Environ[str] | dict[str, str]) -> tuple[float, float]:
    """Processor seconds of programs with all their children, one after the other, and the time that they took."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    for command in commands:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, time.monotonic() - started


def _worker(home: Path, keys: Sequence[str]) -> None:
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.watch_runs import evaluate

    project, used = Project.at(home), []
    for key in keys:
        before = time.process_time()
        for late in (False, True):
            done = evaluate(project, key, late=late)
            if done.error is not None:
                raise done.error
        used.append(time.process_time() - before)
    if len(used) > 1:
        (home / "work.json").write_text(json.dumps(sum(used[1:]) / len(used[1:])))


def _dagster(home: Path, keys: Sequence[str]) -> None:
    import dagster as dg

    from skillprobe_dagster.definitions import build_defs

    job = build_defs(home).resolve_job_def("probe_checkpoint")
    with dg.DagsterInstance.get() as instance:
        for key in keys:
            instance.add_dynamic_partitions("checkpoint", [key])
            if not job.execute_in_process(instance=instance, partition_key=key).success:
                raise RuntimeError(key)


def _more_checkpoints(root: Path, count: int) -> list[str]:
    """So many checkpoints, each of other weights, in place of those of the run; returns their keys."""
    import torch
    from safetensors.torch import load_file, save_file

    source, noise = root / "run" / "checkpoint-10", torch.Generator().manual_seed(0)
    for step in range(1, count + 1):
        folder = root / "run" / f"checkpoint-{step}"
        if folder != source:
            folder.mkdir(exist_ok=True)
            for file in source.iterdir():
                (folder / file.name).write_bytes(file.read_bytes())
        weights = load_file(folder / "model.safetensors")
        moved = {name: each + 0.002 * torch.randn(each.shape, generator=noise) for name, each in weights.items()}
        save_file(moved, folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step, "log_history": []}))
    return [f"m/{step}" for step in range(1, count + 1)]


def _emit(name: str, count: int, seconds: float, wall: float, work: float | None = None) -> None:
    more: dict[str, Any] = {}
    if work is not None:
        more = {"work": round(work, 3), "beyond_the_work": round(seconds / count - work, 3)}
    emit(
        row(
            name,
            unit="processor s per checkpoint" if work is not None else "processor s per process",
            skillprobe=round(seconds / count, 3),
            threads=1,
            runs=1,
            versions={
                "skillprobe": __version__,
                "Python": platform.python_version(),
                **versions("dagster", "torch", "transformers"),
            },
            wall=round(wall / count, 3),
            checkpoints=count,
            **more,
        )
    )


if __name__ == "__main__":
    main()
