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
from skillprobe_core.parameters.stats import parameter_stats

def anonymous():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

small, base, tuned = (open_weights(Path(folder)) for folder in sys.argv[1:])
parameter_stats(small, small, model="m", step=1, workers=2)
before, peak, done = anonymous(), 0, False

def watch():
    global peak
    while not done:
        peak = max(peak, anonymous())
        time.sleep(0.002)

watcher = threading.Thread(target=watch)
watcher.start()
frame = parameter_stats(base, tuned, model="m", step=1, workers=2)
done = True
watcher.join()
print(json.dumps({"added": peak - before, "rows": frame.height}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="anonymous memory is read from /proc")
def test_anonymous_memory_stays_below_three_times_the_largest_tensor(tmp_path):
    generator = torch.Generator().manual_seed(0)
    shapes = {"model.embed_tokens.weight": (200_000, 128)} | {
        f"model.layers.{layer}.mlp.{part}_proj.weight": shape
        for layer in range(4)
        for part, shape in (("up", (4000, 256)), ("down", (256, 4000)))
    }
    base = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
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
    command = [sys.executable, "-c", MEASURE, *(str(tmp_path / side) for side in sides)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    largest = max(tensor.nbytes for tensor in base.values())
    assert found["rows"] == len(shapes)
    assert found["added"] < 3 * largest, f"{found['added'] / largest:.2f} times the largest tensor"
