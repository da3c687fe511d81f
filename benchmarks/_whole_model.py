"""A pass over a whole model with all statistics: time and anonymous memory by number of layers, base known or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from skillprobe_core.measurements.parameters.tensor_components import layer_of
from skillprobe_core.runs.weights import open_weights

# Imports and a small warm-up pass come first: only the work and the anonymous memory that it adds are measured.
MEASURED = """
import json, sys, threading, time
from pathlib import Path
import torch
from safetensors.torch import save_file
from skillprobe_core.runs.weights import open_weights
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA

def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) * 1024
def spectra(weights, folder):
    frames = spectra_by_matrix(weights, digest="benchmark", workers=workers)
    return Store(folder).write_parts(BASE_SPECTRA, Partition(("base=benchmark",)), frames, Provenance("1", "1"))
def watch():
    global peak
    while not done:
        peak = max(peak, anonymous())
        time.sleep(0.002)

what, base, tuned, folder, workers = sys.argv[1], *map(Path, sys.argv[2:5]), int(sys.argv[5])
small = folder / f"small-{what}"
small.mkdir()
save_file({"layers.0.mlp.up_proj.weight": torch.randn(200, 100)}, small / "model.safetensors")
small = open_weights(small)
parameter_stats(small, small, model="m", step=1, base_spectra=spectra(small, folder / f"first-{what}"))
base, tuned = open_weights(base), open_weights(tuned)
file = folder / "store/base_spectra/base=benchmark/part.parquet"
peak, done, before = 0, False, anonymous()
watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
wall, processor = time.perf_counter(), time.process_time()
if what == "base_spectra":
    spectra(base, folder / "store")
else:
    known = file if what == "base known" else None
    parameter_stats(base, tuned, model="m", step=1, base_spectra=known, workers=workers)
found = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
done = True
watcher.join()
print(json.dumps({**found, "memory": peak - before, "written": file.stat().st_size if file.exists() else 0}))
"""
PASSES = ("base_spectra", "base known", "base not known")


# One layer of a 7B model, its embedding and its head.
SHAPES_7B = {
    "model.embed_tokens.weight": (32_000, 4096),
    "lm_head.weight": (32_000, 4096),
    **{f"model.layers.0.self_attn.{name}_proj.weight": (4096, 4096) for name in "qkvo"},
    **{f"model.layers.0.mlp.{name}_proj.weight": (11_008, 4096) for name in ("gate", "up")},
    "model.layers.0.mlp.down_proj.weight": (4096, 11_008),
}


def noise_model(folder: Path) -> Path:
    """A bf16 model of noise with one layer of a 7B model's shapes."""
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(0)
    folder.mkdir()
    tensors = {name: torch.randn(shape, generator=generator).mul_(0.02).bfloat16() for name, shape in SHAPES_7B.items()}
    save_file(tensors, folder / "model.safetensors")
    return folder


def whole_model(model: Path, tuned: Path, folder: Path, workers: int | None = None) -> list[dict[str, object]]:
    """One record per share of the layers (a quarter, a half, all) and pass, with `workers` threads (default: all).

    wall and processor are in seconds; memory is the peak of anonymous memory added by the pass, and `memory_share` its
    ratio to the stored size of the largest tensor.
    """
    layers = 1 + max(layer_of(name) or 0 for name in open_weights(model))
    workers = workers or len(os.sched_getaffinity(0))
    records: list[dict[str, object]] = []
    for count in sorted({max(1, layers // 4), max(1, layers // 2), layers}):
        part = folder / str(count)
        sides = [_first_layers(side, part / name, count) for name, side in (("base", model), ("tuned", tuned))]
        weights = open_weights(sides[0])
        largest = max(info.stop - info.start for info in weights.values())
        for what in PASSES:
            command = [sys.executable, "-c", MEASURED, what, *map(str, (*sides, part, workers))]
            output = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(output.stdout.splitlines()[-1])
            about = {"layers": count, "parameters": weights.parameter_count, "tensors": len(weights), "pass": what}
            records.append({**about, **found, "memory_share": found["memory"] / largest, "workers": workers})
    return records


def _first_layers(model: Path, folder: Path, count: int) -> Path:
    """The model with its first layers only."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    weights = open_weights(model)
    kept = {name: weights.tensor(name).clone() for name in weights if (layer_of(name) or 0) < count}
    save_file(kept, folder / "model.safetensors")
    return folder
