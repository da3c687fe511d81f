"""The two arms: real trainers, real rewards, whole checkpoints."""

import json
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.demo.sft_and_rl import DEFAULTS, METHODS, ArmSettings, arm_items, main, reward, run_arm
from skillprobe_core.errors import SettingsError


def test_the_reward_is_the_verifier():
    items = [draw(kind, 1, Split.TRAIN, 0, 0) for kind in KINDS]
    assert reward([item.reference for item in items], items) == [1.0] * len(items)
    assert reward(["Answer: none of these at all"] * len(items), items) == [0.0] * len(items)


@pytest.mark.parametrize("method", METHODS)
def test_the_default_arms_write_at_least_four_checkpoints(method):
    settings = DEFAULTS[method]
    assert settings.steps % settings.save_every == 0
    assert settings.steps // settings.save_every >= 4


def test_a_folder_that_is_no_model_is_refused(tmp_path, capsys):
    assert main(["sft", "--base", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "config.json" in capsys.readouterr().err
    with pytest.raises(SettingsError, match=r"config\.json"):
        run_arm("rl", tmp_path, tmp_path / "out")


@pytest.mark.parametrize("method", METHODS)
def test_a_short_run_moves_the_weights_and_leaves_a_whole_checkpoint(method, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    pytest.importorskip("trl", reason="the extra `lab` is not installed")
    base = base_model_folder()
    settings = ArmSettings(steps=3, save_every=3, learning_rate=3e-4, prompts=8, samples=4, completion_tokens=64)
    (folder,) = run_arm(method, base, tmp_path / "run", settings)
    assert folder == tmp_path / "run" / "checkpoint-3"
    state = json.loads((folder / "trainer_state.json").read_text())
    assert state["global_step"] == 3
    assert _newest(folder) == "trainer_state.json"
    before = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).state_dict()
    after = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()
    assert before.keys() == after.keys()
    moved = [name for name, weight in before.items() if not torch.equal(weight, after[name])]
    assert len(moved) > len(before) / 2
    assert all(torch.isfinite(weight).all() for weight in after.values())
    text = arm_items(settings)[0].prompt
    assert AutoTokenizer.from_pretrained(folder)(text) == AutoTokenizer.from_pretrained(base)(text)


def _newest(folder: Path) -> str:
    return max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns).name
