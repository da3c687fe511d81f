"""Study, report, SQL and looks over thousands of checkpoints, compared with bare reads of what they need.

Processor seconds of a process and all of its threads, interpreter and imports included, and its peak memory; one run
each. The stores and run folders are made up, in the real tables' schemas (`_synthetic_store.py`): 2,160 items per
checkpoint, and per run one of 100 checkpoints and its base. `study` and `report` are the commands; their peer reads the
verdicts of the same store. `sql_without_table` and `sql_of_one_model` are `skillprobe sql` on 8 files per checkpoint;
their peers are DuckDB alone without a file, and on that model's files. `later_look` is a look at a run whose
checkpoints have a trainer's state of a thousand logged steps and were seen before, `one_key` finds one of them; their
peers read names, sizes and times of all files of the run, and of one checkpoint.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core import __version__
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.runs.discovery import discover

from ._figure import emit, row, versions
from ._synthetic_store import multiply_runs, write_store

STEPS = 100
CHECKPOINTS = 1_000
QUERIED = 10_000
LOGGED = 1_000
PARTS = ("study", "sql", "looks")

# The system's own figure for a child includes the memory of the process that started it.
_MEASURED = """
import atexit, os
def _peak():
    lines = open("/proc/self/status").read().splitlines()
    peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    open(os.environ["PEAK_FILE"], "w").write(peak)
atexit.register(_peak)
"""
_COMMAND = "import sys; from skillprobe_core.show.cli.main import main; sys.argv[0] = 'skillprobe'; main()"
_READ_VERDICTS = (
    "import sys, polars; polars.read_parquet(sys.argv[1] + '/verdicts/*/*/*.parquet', hive_partitioning=False)"
)
_ALONE = "import sys, duckdb; duckdb.sql(sys.argv[1]).fetchall()"


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a process: processor seconds of all its threads, and peak memory in bytes."""

    seconds: float
    memory: int


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks many_checkpoints", description=__doc__)
    parser.add_argument("--checkpoints", type=int, default=CHECKPOINTS, help="of the study (default: %(default)s)")
    parser.add_argument(
        "--queried", type=int, default=QUERIED, help="checkpoints of the SQL store (default: %(default)s)"
    )
    parser.add_argument("--per-level", type=int, default=12, help="items per kind and level (default: %(default)s)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS], help="(default: all)")
    parser.add_argument(
        "--keep", type=Path, help="folder for the stores, which are used again (default: a temporary one)"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary)
        if "study" in options.parts:
            _study(root / f"study-{options.checkpoints}", options.checkpoints, options.per_level)
        if "sql" in options.parts:
            _sql(root / f"sql-{options.queried}", options.queried)
        if "looks" in options.parts:
            _looks(Path(temporary) / "run", options.checkpoints)


def cost(program: str, *arguments: str, home: Path) -> Cost:
    """Run a Python program in a process of its own; raises CalledProcessError if it fails."""
    command = [sys.executable, "-c", _MEASURED + program, *arguments]
    with tempfile.NamedTemporaryFile("r") as memory:
        environment = os.environ | {"SKILLPROBE_HOME": str(home), "COLUMNS": "200", "PEAK_FILE": memory.name}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return Cost(used.ru_utime + used.ru_stime, int(memory.read()) * 1024)


def _study(home: Path, checkpoints: int, per_level: int) -> None:
    steps = min(STEPS, checkpoints)
    if not home.exists():
        write_store(home, runs=max(1, checkpoints // steps), steps=steps, per_level=per_level)
    for table in study_tables():
        shutil.rmtree(home / table.name, ignore_errors=True)
    bare = cost(_READ_VERDICTS, str(home), home=home)
    page = str(home / "report.html")
    for name, command in (
        ("study", ("study", "--target", "math")),
        ("report", ("report", "--target", "math", "-o", page)),
    ):
        _compared(name, f"{checkpoints} checkpoints", cost(_COMMAND, *command, home=home), "reading the verdicts", bare)


def _sql(home: Path, checkpoints: int) -> None:
    steps = min(STEPS, checkpoints)
    store = Store(home)
    if not home.exists():
        write_store(home, runs=1, steps=steps - 1, levels=(1,), per_level=1)
        protocol = current_protocol(store).protocol
        (source,) = store.models(SKILL_SCORES, protocol)
        multiply_runs(store, protocol, [f"{source}-{number}" for number in range(1, checkpoints // steps)], source)
    protocol = current_protocol(store).protocol
    source = store.models(SKILL_SCORES, protocol)[0]
    query = "SELECT step, avg(accuracy) FROM {} WHERE model = '" + source + "' GROUP BY step"
    files = f"read_parquet('{home}/skill_scores/model={source}/*/{protocol}.parquet')"
    size = f"{checkpoints} checkpoints, {8 * checkpoints} files"
    for name, own, peer in (
        ("sql_without_table", "SELECT 1", "SELECT 1"),
        ("sql_of_one_model", query.format("skill_scores"), query.format(files)),
    ):
        _compared(name, size, cost(_COMMAND, "sql", own, home=home), "DuckDB alone", cost(_ALONE, peer, home=home))


def _looks(run: Path, checkpoints: int) -> None:
    history = [
        {"step": step, "loss": 1 / step, "grad_norm": 0.5, "learning_rate": 1e-5} for step in range(1, LOGGED + 1)
    ]
    for step in range(1, checkpoints + 1):
        _checkpoint(run / f"checkpoint-{step}", {"global_step": step, "log_history": history})
    first = _seconds(lambda: discover(run, "run", "sft", settle_seconds=0))
    later = min(_seconds(lambda: discover(run, "run", "sft", settle_seconds=0)) for _ in range(3))
    key = min(_seconds(lambda: discover(run, "run", "sft", settle_seconds=0, near=checkpoints)) for _ in range(3))
    walk = min(_seconds(lambda: _walk(run)) for _ in range(3))
    one = min(_seconds(lambda: _walk(run / f"checkpoint-{checkpoints}")) for _ in range(3))
    for name, own, peer in (("first_look", first, walk), ("later_look", later, walk), ("one_key", key, one)):
        _emit(name, f"processor s, {checkpoints} checkpoints", own, "plain walk", peer)


def _checkpoint(folder: Path, state: dict[str, object]) -> None:
    folder.mkdir(parents=True)
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    (folder / "trainer_state.json").write_text(json.dumps(state))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _walk(root: Path) -> None:
    for folder, _, files in os.walk(root):
        for name in files:
            Path(folder, name).stat()


def _compared(name: str, size: str, own: Cost, peer: str, other: Cost) -> None:
    _emit(name, f"processor s, {size}", own.seconds, peer, other.seconds)
    _emit(f"{name}_memory", f"bytes at the peak, {size}", own.memory, peer, other.memory)


def _emit(name: str, unit: str, own: float, peer: str, other: float) -> None:
    used = {"skillprobe": __version__, "Python": platform.python_version()} | versions("duckdb", "polars", "scipy")
    ratio = other / own
    emit(
        row(
            name, unit=unit, skillprobe=own, peer=peer, peer_figure=other, ratio=ratio, threads=1, runs=1, versions=used
        )
    )


if __name__ == "__main__":
    main()
