"""Identity of checkpoints, compared with SHA-256 of the same files and with reading them.

All times are processor seconds, best of three, with the cache of the file system warm. `one_file` is one safetensors
file, `four_files` the same bytes in four. skillprobe computes the SHA-256 of each file and of each tensor and looks for
weights that are not finite, in one read. `hashed` is the SHA-256 of the files alone, `read` is one read without any
digest. Both use as many threads as there are files, on at most all cores. `wall_s` has the wall-clock seconds, which
other processes lengthen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import ssl
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from skillprobe_core import __version__
from skillprobe_core.machine.processor import cores
from skillprobe_core.runs.identity import contents

from ._figure import emit, row

RUNS = 3
TENSORS = 32
_PIECE = 1 << 20


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per number of files and peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks identity", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024, help="size of the weights (default: %(default)s)")
    size = parser.parse_args(arguments).megabytes << 20
    for name, count in (("one_file", 1), ("four_files", 4)):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            files = _checkpoint(folder, size, count)
            own, own_wall = _seconds(partial(contents, folder))
            for peer, work in (("hashed", _hashed), ("read", _read)):
                other, other_wall = _seconds(partial(_in_parallel, work, files))
                emit(
                    row(
                        f"{name}/{peer}",
                        unit=f"processor s for {size >> 20} MiB",
                        skillprobe=own,
                        peer=peer,
                        peer_figure=other,
                        ratio=other / own,
                        threads=cores(),
                        runs=RUNS,
                        versions={
                            "skillprobe": __version__,
                            "Python": platform.python_version(),
                            "OpenSSL": ssl.OPENSSL_VERSION,
                        },
                        wall_s=[own_wall, other_wall],
                    )
                )


def _checkpoint(folder: Path, size: int, count: int) -> list[Path]:
    per_tensor = size // (TENSORS * 2) * 2
    block = os.urandom(_PIECE // 2).replace(b"\x7f", b"\x01").replace(b"\xff", b"\x01")  # finite in bfloat16
    block *= 2
    names = [f"model.layers.{number}.mlp.up_proj.weight" for number in range(TENSORS)]
    files: list[Path] = []
    index: dict[str, str] = {}
    for number in range(count):
        own = names[number::count]
        file = folder / ("model.safetensors" if count == 1 else f"model-{number + 1:05}-of-{count:05}.safetensors")
        entries = {
            name: {"dtype": "BF16", "shape": [per_tensor // 2],
                   "data_offsets": [place * per_tensor, (place + 1) * per_tensor]}
            for place, name in enumerate(own)
        }  # fmt: skip
        header = json.dumps(entries).encode()
        with file.open("wb") as opened:
            opened.write(len(header).to_bytes(8, "little") + header)
            for left in range(per_tensor * len(own), 0, -_PIECE):
                opened.write(block[: min(left, _PIECE)])
        files.append(file)
        index |= dict.fromkeys(own, file.name)
    if count > 1:
        text = json.dumps({"metadata": {"total_size": per_tensor * TENSORS}, "weight_map": index})
        (folder / "model.safetensors.index.json").write_text(text)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    return files


def _in_parallel(work: Callable[[Path], object], files: list[Path]) -> None:
    with ThreadPoolExecutor(min(len(files), cores())) as pool:
        list(pool.map(work, files))


def _hashed(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(file: Path) -> int:
    buffer, total = bytearray(_PIECE), 0
    with file.open("rb", buffering=0) as opened:
        while got := opened.readinto(buffer):
            total += got
    return total


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Processor and wall-clock seconds, each the least of all runs."""
    wall, processor = [], []
    for _ in range(RUNS):
        start, used = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return min(processor), min(wall)


if __name__ == "__main__":
    main()
