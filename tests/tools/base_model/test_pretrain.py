"""Pretraining: the same gradients from any number of processes, and a run that goes on where the last one stopped."""

import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.demo.base_model import base_model_folder
from tools.base_model.batches import batches_by_length, example_of
from tools.base_model.curriculum import Curriculum
from tools.base_model.parallel import Gradients, loss_sum
from tools.base_model.pretrain import Training, pretrain

FEW = KINDS[:2]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def training():
    return Training.start(FEW, seed=0)


def _batches(training):
    examples = [example_of(item, training.tokenizer) for item in Curriculum(FEW, seed=1).take(12)]
    return batches_by_length(examples, training.tokenizer.pad_token_id, tokens=200)


@pytest.mark.slow
def test_gradients_do_not_depend_on_the_number_of_processes(training):
    batches = _batches(training)
    found = []
    for workers in (1, 2):
        with Gradients(training.network, workers) as gradients:
            loss = gradients.compute(batches)
        found.append((loss, [parameter.grad.clone() for parameter in training.network.parameters()]))
    (loss, alone), (other_loss, together) = found
    assert abs(loss - other_loss) < 1e-5
    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_the_loss_is_over_completions_alone(training):
    (batch, *_) = _batches(training)
    changed = batch.targets.clone()
    changed[:, 0] = -100
    assert torch.equal(changed, batch.targets)  # the first token of a prompt is never a target's place
    with torch.no_grad():
        logits = training.network(input_ids=batch.ids).logits
        wanted = batch.targets != -100
        expected = torch.nn.functional.cross_entropy(logits[wanted], batch.targets[wanted], reduction="sum")
        assert abs(loss_sum(training.network, batch) - expected) < 0.01 * expected


@pytest.mark.slow
def test_a_run_is_resumed_where_it_stopped_with_kinds_that_came_since(tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    pretrain(minutes=0.02, out=tmp_path / "first", state=tmp_path / "state", workers=1, kinds=FEW)
    first = Training.resume(tmp_path / "state", FEW, seed=0)
    assert first.steps > 0
    assert first.seconds > 0
    pretrain(minutes=0.02, out=tmp_path / "second", state=tmp_path / "state", workers=1, kinds=KINDS[:4])
    second = Training.resume(tmp_path / "state", KINDS[:4], seed=0)
    assert second.steps > first.steps
    assert all(second.curriculum.drawn[slot] >= count for slot, count in first.curriculum.drawn.items())
    assert {name for name, _ in second.curriculum.drawn} > {name for name, _ in first.curriculum.drawn}
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "second")
    assert model.dtype == torch.bfloat16
    weights = second.network.state_dict()
    assert all(torch.equal(value, weights[name].bfloat16()) for name, value in model.state_dict().items())
    assert len(AutoTokenizer.from_pretrained(tmp_path / "second")) == model.config.vocab_size
    assert not list((tmp_path / "state").glob("*.new"))


@pytest.mark.slow
def test_a_run_from_a_model_starts_with_its_weights(tmp_path):
    folder = base_model_folder()
    training = Training.of_model(folder, FEW, seed=0)
    stored = load_file(folder / "model.safetensors")
    weights = training.network.state_dict()
    assert all(torch.equal(weights[name], tensor.float()) for name, tensor in stored.items())
    pretrain(minutes=0.01, out=tmp_path / "out", state=tmp_path / "state", workers=1, kinds=FEW, model=folder)
    moved = load_file(tmp_path / "out" / "model.safetensors")
    name = "model.layers.0.mlp.down_proj.weight"
    assert 0 < (moved[name] - stored[name]).norm() < 0.5 * stored[name].norm()


_FAULTS = """
import ctypes, resource, sys
from skillprobe_core.machine.allocator import keep_freed_memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
if sys.argv[1] == "keep":
    keep_freed_memory()
for _ in range(200):
    block = libc.malloc(2**24)
    ctypes.memset(block, 1, 2**24)
    libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt belongs to the GNU C library")
def test_freed_memory_is_kept():
    mapped = {
        name: int(subprocess.run([sys.executable, "-c", _FAULTS, name], check=True, capture_output=True).stdout)
        for name in ("keep", "default")
    }
    assert mapped["keep"] < 2**28
    assert mapped["keep"] <= mapped["default"]
