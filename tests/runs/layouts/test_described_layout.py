"""A layout described by patterns does what one in code does."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.runs.layouts.described_layout import DescribedLayout, rule_of

from .trainers import WRITERS, FilesWriter, Writer, aged

SAME = {
    "hf_trainer": DescribedLayout("checkpoint-{step}", "json:trainer_state.json"),
    "verl": DescribedLayout("global_step_{step}/actor/huggingface", "number:latest_checkpointed_iteration.txt"),
    "prime_rl": DescribedLayout("broadcasts/step_{step}", "file:STABLE"),
    "nemo_rl": DescribedLayout(
        "step_{step}/policy", "rename", "weights/model/consolidated", "weights/model/consolidated", "tokenizer"
    ),
    "nemo_automodel": DescribedLayout("epoch_{epoch}_step_{step}", "absent:.incomplete", "model", "model", "model"),
}


@pytest.mark.parametrize("writer", [each for each in WRITERS if each.layout.name in SAME], ids=lambda w: w.layout.name)
def test_it_finds_what_the_layout_in_code_finds(writer: Writer, tmp_path: Path, tiny_run: Path) -> None:
    described = SAME[writer.layout.name].layout("own")

    def states() -> list[list[object]]:
        def state(each: Candidate) -> list[object]:
            return [each.checkpoint.step, each.checkpoint.path, each.ready, each.writing, each.files]

        return [
            [state(each) for each in discover(tmp_path / "exp", "m", "rl", layouts=[layout])]
            for layout in (described, writer.layout)
        ]

    for step in (20, 40):
        writer.write(tiny_run / "checkpoint-10", tmp_path / "exp", step)
        one, other = states()
        assert one == other
        writer.finish(tmp_path / "exp", step)
        one, other = states()
        assert one == other
        assert len(one) == step / 20


@pytest.mark.parametrize("text", ["", "file", "file:", "json:", "renamed", "quiet:", "quiet:x", "quiet:-1", "DONE"])
def test_other_texts_are_not_rules(text: str) -> None:
    with pytest.raises(ValueError, match="file:NAME"):
        rule_of(text)


def test_a_time_of_its_own_counts_in_place_of_the_settings(tmp_path: Path, tiny_run: Path) -> None:
    folder = shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "ckpt_5")
    for file in folder.iterdir():
        aged(file, 100)
    for text, ready in (("quiet:50", True), ("quiet:200", False), ("quiet", True)):
        layout = DescribedLayout("ckpt_{step}", text).layout("own")
        (candidate,) = discover(tmp_path, "m", "sft", settle_seconds=30, layouts=[layout])
        assert candidate.ready == ready, text


def test_other_numbers_and_absolute_places(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    folder = tmp_path / "stage_2" / "step_0007" / "hf"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes((tiny_run / "checkpoint-10" / "model.safetensors").read_bytes())
    own = DescribedLayout(
        "stage_{stage}/step_{step:04}/hf", "rename", "model.safetensors", str(tiny_base), str(tiny_base)
    ).layout("own")
    (candidate,) = discover(tmp_path, "m", "sft", layouts=[own])
    files = candidate.checkpoint.files
    assert (candidate.checkpoint.step, candidate.ready, files.path.name) == (7, True, "step_0007")
    assert (files.weights, files.config, files.tokenizer) == (folder / "model.safetensors", tiny_base, tiny_base)


def test_a_command_belongs_to_each_of_its_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "step_5" / "policy").mkdir(parents=True)
    (tmp_path / "step_5" / "policy" / "rank_0.state").write_bytes(b"shards")
    own = DescribedLayout("step_{step}/policy", "rename", convert="merge {folder} {base} {out} --of {root} {step}")
    (candidate,) = discover(tmp_path, "m", "sft", layouts=[own.layout("own")])
    assert candidate.ready
    assert candidate.checkpoint.files.command == f"merge {{path}}/policy {{base}} {{out}} --of {tmp_path} 5"
    assert [stamp.name for stamp in candidate.files] == ["rank_0.state"]


def test_it_comes_before_the_layouts_of_trainers(tmp_path: Path, tiny_run: Path) -> None:
    FilesWriter().write(tiny_run / "checkpoint-10", tmp_path / "step_5", 1)
    own = DescribedLayout("step_{step}", "quiet", "0000001_weights.safetensors").layout("own")
    (candidate,) = discover(tmp_path, "m", "sft", settle_seconds=0, layouts=(own, *LAYOUTS))
    assert (candidate.layout, candidate.ready) == ("own", True)
