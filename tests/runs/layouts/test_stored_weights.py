"""The form of stored weights, and the commands that convert the ones that are not read."""

import json
import runpy
import shlex
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from skillprobe_core.runs.layouts.stored_weights import (
    accelerate_conversion,
    fsdp_files,
    of_zero,
    pickle_conversion,
    readable,
    sharded,
    zero_conversion,
)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("model.safetensors", (True, False, False)),
        ("model-00001-of-00002.safetensors", (True, False, False)),
        ("adapter_model.safetensors", (True, False, False)),
        ("shard-00001-model-00001-of-00001.safetensors", (False, False, False)),
        ("value_head.safetensors", (False, False, False)),
        ("__0_0.distcp", (False, True, False)),
        (".metadata", (False, True, False)),
        ("mp_rank_00_model_states.pt", (False, False, True)),
        ("model_world_size_2_rank_0.pt", (False, False, False)),
    ],
)
def test_a_form_is_known_by_names(name: str, forms: tuple[bool, bool, bool]) -> None:
    names = ["config.json", name]
    assert (readable(names), sharded(names), of_zero(names)) == forms


def test_readable_weights_need_no_conversion_whatever_state_lies_next_to_them(tmp_path: Path) -> None:
    (tmp_path / "global_step5").mkdir()
    (tmp_path / "global_step5" / "mp_rank_00_model_states.pt").touch()
    assert accelerate_conversion(tmp_path) is not None
    (tmp_path / "model.safetensors").touch()
    assert accelerate_conversion(tmp_path) is None
    assert accelerate_conversion(tmp_path / "nowhere") is None


def test_fsdp_shards_are_weights_of_their_own_unless_a_model_lies_next_to_them(tmp_path: Path) -> None:
    assert fsdp_files(tmp_path) is None
    (tmp_path / "pytorch_model_fsdp_0").mkdir()
    files = fsdp_files(tmp_path)
    assert files is not None
    assert (files.weights, files.config, files.borrows) == (tmp_path / "pytorch_model_fsdp_0", tmp_path, True)
    assert accelerate_conversion(tmp_path) is None
    (tmp_path / "model.safetensors").touch()
    assert fsdp_files(tmp_path) is None


def test_a_path_is_one_word_of_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "lr=1e-5; it's $HOME"
    words = shlex.split(zero_conversion(folder, "global_step7").command)
    assert words[1:] == [str(folder / "zero_to_fp32.py"), str(folder), "OUT", *words[4:]]
    assert words[-2:] == ["--tag", "global_step7"]


def test_the_command_for_pickled_weights_writes_the_same_tensors(tmp_path: Path, tiny_base: Path) -> None:
    model, adapter = tmp_path / "my model", tmp_path / "adapter"
    tensors = load_file(tiny_base / "model.safetensors")
    for folder in (model, adapter):
        folder.mkdir()
    for file in tiny_base.glob("*.json"):
        (model / file.name).write_bytes(file.read_bytes())
    torch.save(tensors, model / "pytorch_model.bin")
    factors = {"base_model.model.lm_head.lora_A.weight": torch.ones(2, 3)}
    torch.save(factors, adapter / "adapter_model.bin")
    (adapter / "adapter_config.json").write_text(json.dumps({"r": 2}))
    for folder, name, written in (
        (model, "pytorch_model.bin", "model"),
        (adapter, "adapter_model.bin", "adapter_model"),
    ):
        out = tmp_path / f"out_{folder.name}"
        command = pickle_conversion(folder, [name]).command.replace("OUT", str(out))
        python, option, program = shlex.split(command)
        assert (python, option) == ("python", "-c")
        (tmp_path / "program.py").write_text(program)
        runpy.run_path(str(tmp_path / "program.py"))
        stored = load_file(out / f"{written}.safetensors")
        assert all(
            torch.equal(stored[key], value) for key, value in (factors if folder == adapter else tensors).items()
        )
