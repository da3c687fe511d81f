import json
import subprocess
import sys
import threading

import pytest
import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import save_file

from skillprobe_core.measurements.parameters.memory_bound import Room, assembled_memory, working_memory
from skillprobe_core.runs.logical_tensors import ModelTensors
from skillprobe_core.runs.tensor_pairs import pairs_of
from skillprobe_core.runs.weights import open_weights

MEASURE = """
import json, sys, threading, time
from pathlib import Path
from skillprobe_core.runs.weights import open_weights
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA

def anonymous():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

def keep(weights, name):
    frames = spectra_by_matrix(weights, digest=name, workers=workers)
    return Store(Path(sys.argv[5])).write_parts(BASE_SPECTRA, Partition((name,)), frames, Provenance("1", "1"))

small, base, tuned, between = (open_weights(Path(folder)) for folder in sys.argv[1:5])
workers = int(sys.argv[6])
parameter_stats(small, small, model="m", step=1, base_spectra=keep(small, "small"), workers=workers)
before, peak, done = anonymous(), 0, False

def watch():
    global peak
    while not done:
        peak = max(peak, anonymous())
        time.sleep(0.002)

watcher = threading.Thread(target=watch)
watcher.start()
known = keep(base, "base") if "known" in sys.argv else None
previous = between if "previous" in sys.argv else None
frame = parameter_stats(base, tuned, model="m", step=1, previous=previous, base_spectra=known, workers=workers)
done = True
watcher.join()
print(json.dumps({"added": peak - before, "rows": frame.height}))
"""


def layers(count: int, **parts: tuple[int, int]) -> dict[str, tuple[int, int]]:
    return {f"model.layers.{n}.mlp.{part}_proj.weight": shape for n in range(count) for part, shape in parts.items()}


# Many threads on a wide model: without a limit each would hold a Gram matrix.
MODELS = {
    "tall": (2, {"model.embed_tokens.weight": (200_000, 128), **layers(6, up=(4000, 256), down=(256, 4000))}),
    "wide": (8, {"model.embed_tokens.weight": (8300, 1024), **layers(6, up=(1024, 1024), down=(1024, 1536))}),
}


SLOW = [pytest.param(way, marks=pytest.mark.slow) for way in ("known", "previous")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="anonymous memory is read from /proc")
@pytest.mark.parametrize("way", ["not known", *SLOW])
@pytest.mark.parametrize("model", ["tall", pytest.param("wide", marks=pytest.mark.slow)])
def test_anonymous_memory_stays_below_three_times_the_largest_tensor(tmp_path, model, way):
    generator = torch.Generator().manual_seed(0)
    workers, shapes = MODELS[model]
    base = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    for name in list(base)[:3]:  # singular values that need a second look: of a part of the columns, of nearly all
        base[name][:, :60] *= 1e-4
        base[name][:, 60 : 900 if name.endswith("down_proj.weight") else 60] *= 1e-4
    sides = {"small": {name: tensor[:300, :300].contiguous() for name, tensor in base.items()}, "base": base}
    for side, far in (("tuned", 1e-3), ("between", 5e-4)):
        sides[side] = {
            name: tensor + far * torch.randn(tensor.shape, generator=generator) for name, tensor in base.items()
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
        str(workers),
        way,
    ]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    largest = max(tensor.nbytes for tensor in base.values())
    assert found["rows"] == len(shapes) * (2 if way == "previous" else 1)
    assert found["added"] < 3 * largest, f"{found['added'] / largest:.2f} times the largest tensor"


def test_room_is_given_back_when_a_job_fails():
    room, taken = Room(10), threading.Event()
    with pytest.raises(ZeroDivisionError), room.take(10):
        _ = 1 / 0

    def take() -> None:
        with room.take(10):
            taken.set()

    threading.Thread(target=take, daemon=True).start()
    assert taken.wait(5)


@pytest.mark.parametrize("shape", [(1, 5), (40, 3), (5000, 300), (2048, 2048)])
def test_a_matrix_and_its_transpose_take_the_same_memory(shape):
    rows, columns = shape
    assert working_memory(shape) == working_memory((columns, rows)) > 8 * min(shape) ** 2


@pytest.mark.parametrize("shape", [(), (0,), (7,), (0, 3)])
def test_what_is_no_matrix_takes_little(shape):
    assert 0 <= working_memory(shape) < 4096


def test_tensors_that_are_assembled_count_as_memory_and_mapped_ones_do_not(tmp_path):
    state = {"model.embed_tokens.weight": torch.ones(6, 4), "model.layers.0.norm.weight": torch.ones(4)}
    (tmp_path / "mapped").mkdir()
    save_file(state, tmp_path / "mapped" / "model.safetensors")
    dcp.save({"model": state}, checkpoint_id=tmp_path / "sharded", no_dist=True)
    mapped, sharded = (open_weights(tmp_path / name) for name in ("mapped", "sharded"))
    pairs = pairs_of(ModelTensors.of(mapped), ModelTensors.of(sharded))
    held = {
        name: [assembled_memory(*sides)(pair) for pair in pairs if pair.piece]
        for name, sides in {"one": (mapped, sharded), "both": (sharded, sharded), "none": (mapped, mapped)}.items()
    }
    assert held == {"one": [96, 16], "both": [192, 32], "none": [0, 0]}
