"""Recognition of 1,000 folders, compared with a plain walk over the same files.

All times are processor seconds of one thread, best of three, with the file system's cache warm. `run` is one run of
1,000 checkpoints whose weights have the header of a 7B model (308 tensors). `runs` are 100 runs of 9 checkpoints, two
levels down. `nothing` are 1,000 folders without a checkpoint. The walk lists every folder and reads the sizes and times
of all files; it opens none.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path

from skillprobe_core import __version__
from skillprobe_core.runs.recognise_run import recognise
from skillprobe_core.runs.run_description import report

from ._figure import emit, row

FOLDERS = 1000
RUNS = 3
LAYERS, PER_LAYER = 28, 11


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per tree of folders."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks recognition", description=__doc__)
    parser.add_argument("--folders", type=int, default=FOLDERS, help="number of folders")
    count = parser.parse_args(arguments).folders
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for name, write in (("run", _one_run), ("runs", _many_runs), ("nothing", _nothing)):
            write(root / name, count)
            own = min(_seconds(root / name) for _ in range(RUNS))
            walk = min(_walk_seconds(root / name) for _ in range(RUNS))
            emit(
                row(
                    name,
                    unit=f"processor s for {count} folders",
                    skillprobe=own,
                    peer="plain walk",
                    peer_figure=walk,
                    ratio=walk / own,
                    threads=1,
                    runs=RUNS,
                    versions={"skillprobe": __version__, "Python": platform.python_version()},
                )
            )


def _one_run(root: Path, count: int) -> None:
    for step in range(1, count + 1):
        _checkpoint(root / f"checkpoint-{step}", step)


def _many_runs(root: Path, count: int) -> None:
    for number in range(count // 10):
        for step in range(1, 10):
            _checkpoint(root / f"group{number // 25}" / f"exp{number}" / f"checkpoint-{step}", step)


def _nothing(root: Path, count: int) -> None:
    for number in range(count):
        (root / f"folder{number}").mkdir(parents=True)
        (root / f"folder{number}" / "notes.txt").touch()


def _checkpoint(folder: Path, step: int) -> None:
    folder.mkdir(parents=True)
    names = [f"model.layers.{layer}.weight_{part}" for layer in range(LAYERS) for part in range(PER_LAYER)]
    entries = {
        name: {"dtype": "F32", "shape": [1], "data_offsets": [4 * place, 4 * place + 4]}
        for place, name in enumerate(names)
    }
    header = json.dumps(entries).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(4 * len(names))
    (folder / "model.safetensors").write_bytes(weights)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))


def _seconds(root: Path) -> float:
    start = time.process_time()
    if not list(report(recognise(root))):
        raise AssertionError("nothing was reported")
    return time.process_time() - start


def _walk_seconds(root: Path) -> float:
    start = time.process_time()
    for folder, _, files in os.walk(root):
        for name in files:
            Path(folder, name).stat()
    return time.process_time() - start


if __name__ == "__main__":
    main()
