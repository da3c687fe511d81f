import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

MEASURE = """
import json, sys, threading, time
from pathlib import Path
from skillprobe_core.checkpoints.weights import open_weights
from skillprobe_core.parameters.base_spectra import spectra_by_matrix
from skillprobe_core.parameters.stats import parameter_stats
from skillprobe_core.store.parquet import Partition, Provenance, Store
from skillprobe_core.store.tables.base_spectra import BASE_SPECTRA

def anonymous():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

def keep(weights, name):
    frames = spectra_by_matrix(weights, digest=name, workers=2)
    return Store(Path(sys.argv[4])).write_parts(BASE_SPECTRA, Partition((name,)), frames, Provenance("1", "1"))

small, base, tuned = (open_weights(Path(folder)) for folder in sys.argv[1:4])
parameter_stats(small, small, model="m", step=1, base_spectra=keep(small, "small"), workers=2)
before, peak, done = anonymous(), 0, False

def watch():
    global peak
    while not done:
        peak = max(peak, anonymous())
        time.sleep(0.002)

watcher = threading.Thread(target=watch)
watcher.start()
known = keep(base, "base") if "known" in sys.argv else None
frame = parameter_stats(base, tuned, model="m", step=1, base_spectra=known, workers=2)
done = True
watcher.join()
print(json.dumps({"added": peak - before, "rows": frame.height}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="anonymous memory is read from /proc")
@pytest.mark.parametrize("base_spectra", ["known", "not known"])
def test_anonymous_memory_stays_below_three_times_the_largest_tensor(tmp_path, base_spectra):
    generator = torch.Generator().manual_seed(0)
    shapes = {"model.embed_tokens.weight": (200_000, 128)} | {
        f"model.layers.{layer}.mlp.{part}_proj.weight": shape
        for layer in range(6)
        for part, shape in (("up", (4000, 256)), ("down", (256, 4000)))
    }
    base = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    base["model.embed_tokens.weight"][:, :60] *= 1e-4  # singular values that need a second look
    sides = {
        "small": {name: tensor[:300, :300].contiguous() for name, tensor in base.items()},
        "base": base,
        "tuned": {
            name: tensor + 1e-3 * torch.randn(tensor.shape, generator=generator) for name, tensor in base.items()
        },
    }
    for side, tensors in sides.items():
        (tmp_path / side).mkdir()
        save_file(tensors, tmp_path / side / "model.safetensors")
    command = [
        sys.executable,
        "-c",
        MEASURE,
        *(str(tmp_path / side) for side in sides),
        str(tmp_path / "store"),
        base_spectra,
    ]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    largest = max(tensor.nbytes for tensor in base.values())
    assert found["rows"] == len(shapes)
    assert found["added"] < 3 * largest, f"{found['added'] / largest:.2f} times the largest tensor"
