"""A folder without a checkpoint: the nearest layout, and what would make it one."""

from pathlib import Path

import pytest

from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.runs.nearest_layout import nearest_layout, pattern_of


@pytest.mark.parametrize(
    ("there", "name", "lacks"),
    [
        (["step_20/policy/"], "nemo_rl", "step_*/policy/weights"),
        (["epoch_3/notes.txt"], "torchtune", "epoch_*/*.safetensors"),
        (["broadcasts/"], "prime_rl", "broadcasts/step_*"),
        (["model.safetensors"], "single", "config.json"),
        (["config.json"], "single", "*.safetensors"),
        (["latest_checkpointed_iteration.txt"], "megatron", "iter_*"),
        (["a/b/c/adapter_config.json"], "peft_adapter", "adapter_model.safetensors"),
    ],
)
def test_the_first_missing_part_is_named(there: list[str], name: str, lacks: str, tmp_path: Path) -> None:
    for each in there:
        path = tmp_path / each
        (path if each.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not each.endswith("/"):
            path.touch()
    near = nearest_layout(tmp_path)
    assert near is not None
    assert (near.layout.name, near.lacks) == (name, lacks)
    assert near.folder == (tmp_path / "a/b/c" if there[0].startswith("a/") else tmp_path)


def test_nothing_is_near_an_empty_folder(tmp_path: Path) -> None:
    assert nearest_layout(tmp_path) is None
    (tmp_path / "logs").mkdir()
    assert nearest_layout(tmp_path) is None


def test_each_layout_states_its_parts_and_its_rule() -> None:
    for layout in LAYOUTS:
        assert len(layout.signs) > 1, layout.name
        assert layout.complete
        assert layout.parts
        assert layout.trainers
        assert layout.entries


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["ckpt_5", "ckpt_10"], "ckpt_{step}"),
        (["it/0005", "it/0010"], "it/{step:04}"),
        (["5/hf", "10/hf"], "{step}/hf"),
        (["a_5", "b_10"], None),
        (["v2_step5", "v2_step10"], None),
        (["final", "best"], None),
        ([], None),
    ],
)
def test_names_that_differ_in_one_number_have_a_pattern(names: list[str], pattern: str | None, tmp_path: Path) -> None:
    assert pattern_of(tmp_path, [tmp_path / name for name in names]) == pattern
    assert pattern_of(tmp_path, [tmp_path, *(tmp_path / name for name in names)]) is None
