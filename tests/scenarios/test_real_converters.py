"""Weights that only the trainers' own tools read, converted by the lines that skillprobe shows for them."""

import os
import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.runs.layouts.converted import checked_command, setting_of, with_converter
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.readable_copy import copied
from skillprobe_core.runs.scratch import Scratch
from skillprobe_core.runs.weights import open_weights
from tools.real_saves.bases import write_base
from tools.real_saves.known_weights import known_tensor
from tools.real_saves.recording import Recording

RECORDED = Path(__file__).parents[1] / "data" / "recorded_saves"
PAGE = (Path(__file__).parents[2] / "docs" / "trainers.md").read_text()
MODULES = {"deepspeed_zero2": "deepspeed", "deepspeed_zero3": "deepspeed", "verl_shards": "verl", "verl_lora": "verl"}


def converted(name: str, tmp_path: Path, line: str | None = None) -> tuple[ModelFiles, Candidate]:
    """A recorded save, converted as a line of the settings says (default: that of its message), and the one before."""
    run, base = tmp_path / "it's a run", write_base(tmp_path / "base")
    run.mkdir()
    for _ in Recording.read(RECORDED / f"{name}.zip").replayed(run):
        pass
    (found,) = discover(run, "m", "rl", settle_seconds=0)
    assert found.conversion is not None
    shown = setting_of(found.conversion, found.checkpoint.path, run)
    command = checked_command(tomllib.loads(line or shown)["convert"])
    (after,) = discover(run, "m", "rl", settle_seconds=0, layouts=with_converter(LAYOUTS, command))
    scratch = Scratch(tmp_path / "scratch", 1 << 40, 0, 300.0)
    return copied(after.started_from(ModelFiles.of(base)).kept_in(scratch).checkpoint.files), found


@pytest.fixture(autouse=True)
def own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DS_ACCELERATOR", "cpu")


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_the_command_writes_the_weights_that_were_saved(name: str, tmp_path: Path) -> None:
    if find_spec(MODULES[name]) is None:
        pytest.skip(f"{MODULES[name]} is not installed")
    files, _ = converted(name, tmp_path)
    weights = open_weights(files)
    assert any("lora" in tensor for tensor in weights) == (name == "verl_lora")
    for tensor, values in weights.stream():
        assert torch.equal(values.float(), known_tensor(tensor, values.shape, 30)), tensor


@pytest.mark.slow
def test_an_adapter_next_to_its_base_is_the_checkpoint(tmp_path: Path) -> None:
    """As verl's own documentation gives the command, its output also holds the model without the adapter."""
    if find_spec("verl") is None:
        pytest.skip("verl is not installed")
    (line,) = re.findall(r'^convert = "python -m verl.*$', PAGE, re.MULTILINE)
    weights = open_weights(converted("verl_lora", tmp_path, line)[0])
    assert all("lora" in tensor for tensor in weights)


@pytest.mark.slow
def test_an_adapter_of_mlx_is_fused(tmp_path: Path) -> None:
    """Its factors come from training, so the sum is computed from the stored ones."""
    if find_spec("mlx_lm") is None:
        pytest.skip("mlx-lm is not installed")
    from safetensors.torch import load_file

    files, before = converted("mlx_adapter", tmp_path)
    factors = load_file(before.checkpoint.files.weights)
    weights = open_weights(files)
    moved = 0
    for name, values in weights.stream():
        expected, module = known_tensor(name, values.shape, 0), name.removesuffix(".weight")
        if f"{module}.lora_a" in factors:
            update = 2.0 * (factors[f"{module}.lora_a"] @ factors[f"{module}.lora_b"]).T
            expected, moved = expected + update, moved + bool(update.any())
        torch.testing.assert_close(values.float(), expected, atol=1e-5, rtol=1e-5)
    assert moved
