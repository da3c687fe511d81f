"""Recognition of run folders: layout, completeness, adapters, and the base that the files name."""

import json
import shutil
from pathlib import Path

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.recognise_run import RecognisedRun, no_base, recognise_run


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_run, tmp_path / "my run")


def recognised(folder: Path) -> RecognisedRun:
    return recognise_run(folder, settle_seconds=0)


def named(run: RecognisedRun) -> list[tuple[str, Path | None]]:
    return [(each.name, each.folder) for each in run.bases]


def test_a_run_is_recognised_from_any_of_its_folders(run: Path) -> None:
    (run / "checkpoint-20" / "trainer_state.json").unlink()
    for folder in (run, run / "checkpoint-10"):
        found = recognised(folder)
        assert (found.folder, found.layouts, found.adapters) == (run, ("hf_trainer",), False)
        assert found.model.startswith("my-run-")
        states = [(each.checkpoint.step, each.ready, each.waiting_for) for each in found.candidates]
        assert states == [(10, True, None), (20, False, "no trainer_state.json yet")]
        assert (found.bases, found.base) == ((), None)


def test_other_layouts_and_several_in_one_folder(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_base, run / "broadcasts" / "step_30")
    found = recognised(run)
    assert found.layouts == ("hf_trainer", "prime_rl")
    assert [each.checkpoint.step for each in found.candidates] == [10, 20, 30]
    alone = recognised(shutil.copytree(tiny_base, tmp_path / "alone"))
    assert (alone.layouts, [each.checkpoint.step for each in alone.candidates]) == (("single",), [0])
    (tmp_path / "empty").mkdir()
    assert recognised(tmp_path / "empty").candidates == ()


def test_an_adapter_names_its_base(tiny_base: Path, tmp_path: Path) -> None:
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_base), LoraConfig(r=2, target_modules=["q_proj"]))
    folder = tmp_path / "run" / "checkpoint-5"
    model.save_pretrained(folder)
    (folder / "trainer_state.json").write_text('{"global_step": 5}')
    found = recognised(tmp_path / "run")
    assert found.adapters
    assert found.base == tiny_base
    assert found.bases[0].file == folder / "adapter_config.json"


def write_name(folder: Path, name: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"_name_or_path": name}))


def test_a_configuration_or_a_model_card_names_the_base(run: Path, tiny_base: Path) -> None:
    write_name(run / "checkpoint-20", str(tiny_base))
    assert recognised(run).base == tiny_base
    write_name(run / "checkpoint-20", "Qwen/Qwen3-0.6B")
    (run / "README.md").write_text("---\nlicense: mit\nbase_model: Qwen/Qwen3-0.6B\n---\nbase_model: elsewhere\n")
    found = recognised(run)
    assert named(found) == [("Qwen/Qwen3-0.6B", None)] * 2
    assert found.base is None


def test_a_checkpoint_of_the_run_is_not_its_base(run: Path, tiny_base: Path) -> None:
    write_name(run / "checkpoint-20", str(run / "checkpoint-10"))
    write_name(run / "checkpoint-10", str(tiny_base))
    assert recognised(run).base == tiny_base


def test_damaged_files_name_nothing(run: Path) -> None:
    (run / "README.md").write_bytes(b"---\nbase_model: \xff\n---\n")
    (run / "adapter_config.json").write_text("[" * 100_000)
    assert recognised(run).bases == ()


def test_the_error_without_a_base_says_what_is_known(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    assert "no file names the base" in str(no_base(recognised(run), "skillprobe init x"))
    write_name(run / "checkpoint-10", "Qwen/Qwen3-0.6B")
    text = str(no_base(recognised(run), "skillprobe init x"))
    assert "'Qwen/Qwen3-0.6B', which is not a folder on this machine" in text
    assert "hf download Qwen/Qwen3-0.6B --local-dir BASE" in text
    assert "skillprobe init x --base BASE" in text
    other = shutil.copytree(tiny_base, tmp_path / "other")
    write_name(run / "checkpoint-10", str(tiny_base))
    write_name(run / "checkpoint-20", str(other))
    assert recognised(run).base is None
    assert "several bases" in str(no_base(recognised(run), "skillprobe init x"))


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist"):
        recognise_run(tmp_path / "nowhere")
