"""A folder that is itself an adapter: weights first, `adapter_config.json` last."""

from pathlib import Path

import pytest

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.peft_adapter import LAST_WRITTEN, LAYOUT


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["adapter_model.safetensors"], True),
        (["adapter_model.bin", "adapter_config.json"], True),
        (["adapter_model.safetensors", "config.json"], False),
        (["model.safetensors"], False),
        (["adapter_config.json"], False),
    ],
)
def test_adapter_weights_without_a_models_configuration_are_an_adapter(
    files: list[str], found: bool, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert [each.files.path for each in LAYOUT.find(tmp_path)] == [tmp_path] * found


def test_it_is_complete_with_its_configuration_and_has_the_step_of_its_folder(tmp_path: Path, tiny_base: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folder = tmp_path / "final"
    torch.manual_seed(0)
    get_peft_model(
        AutoModelForCausalLM.from_pretrained(tiny_base), LoraConfig(r=2, target_modules=["q_proj"])
    ).save_pretrained(folder)
    (folder / "trainer_state.json").write_text('{"global_step": 30}')
    config = (folder / LAST_WRITTEN).read_text()
    (folder / LAST_WRITTEN).unlink()
    (found,) = LAYOUT.find(folder)
    assert found.step == 30
    assert found.last_act().missing == f"no {LAST_WRITTEN} yet"
    (folder / LAST_WRITTEN).write_text(config)
    assert found.last_act().missing is None
    (candidate,) = discover(folder, "m", "sft", settle_seconds=0)
    assert (candidate.checkpoint.step, candidate.waiting_for) == (30, None)
