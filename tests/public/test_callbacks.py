"""The callback in real training: marks with the trainer's figures, and training that nothing stops."""

from pathlib import Path

import pytest

from skillprobe_core.project.project import Project
from skillprobe_core.project.watch_runs import watch_runs, watched_project
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.pins import HIDDEN
from skillprobe_core.runs.ready_marks import FOLDER, ready_mark


def trained(base: Path, output: Path, callback: object) -> object:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

    tokenizer = AutoTokenizer.from_pretrained(base)
    ids = tokenizer("What is 2 + 2? Answer: 4")["input_ids"]
    data = Dataset.from_list([{"input_ids": ids, "labels": ids}] * 8)
    arguments = TrainingArguments(
        output_dir=str(output), max_steps=4, save_steps=2, logging_steps=1, seed=11, use_cpu=True, report_to="none",
        per_device_train_batch_size=2, save_total_limit=1, disable_tqdm=True,
    )  # fmt: skip
    trainer = Trainer(
        AutoModelForCausalLM.from_pretrained(base), arguments, train_dataset=data, processing_class=tokenizer,
        callbacks=[callback],
    )  # fmt: skip
    trainer.train()
    return trainer


def test_each_saved_checkpoint_is_marked_with_what_the_trainer_knows(tiny_base: Path, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    from skillprobe.callbacks import SkillprobeCallback

    trainer = trained(tiny_base, tmp_path / "run", SkillprobeCallback("sft"))
    mark = ready_mark(tmp_path / "run", 4)
    assert mark is not None
    assert (mark.method, mark.base, mark.seed) == ("sft", str(tiny_base), 11)
    assert mark.data_digest
    logged = next(entry for entry in trainer.state.log_history if entry.get("step") == 4 and "loss" in entry)
    assert mark.metrics["loss"] == logged["loss"]
    (found,) = discover(tmp_path / "run", "m", "unknown")
    assert (found.checkpoint.step, found.layout, found.checkpoint.method, found.ready) == (4, "marked", "sft", True)


def test_pinned_checkpoints_outlast_rotation_and_are_all_evaluated(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datasets")
    from skillprobe.callbacks import SkillprobeCallback

    home = tmp_path / "home"
    home.mkdir()
    (home / "skillprobe.toml").write_text(
        "settle_seconds = 0\n"
        '[items]\nlevels = [1]\nper_level = 1\nkinds = ["column_sum"]\n[sampling]\nmax_new_tokens = 2\n'
        '[divergence]\ntexts = ["reference"]\n'
    )
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    run = tmp_path / "run"
    trained(tiny_base, run, SkillprobeCallback("sft", pin=True))
    assert [folder.name for folder in run.glob("checkpoint-*")] == ["checkpoint-4"]
    watched = watched_project(Project.open(), run, tiny_base, model=None, method="unknown")
    found = list(watch_runs(watched, once=True, every=0))
    keys = [("run/0", None), ("run/2", None), ("run/4", None)]
    assert [(each.key, each.error) for each in found] == [*keys, *keys]
    assert not list((tmp_path / HIDDEN).rglob("*.safetensors"))


def test_a_fault_of_pinning_never_stops_training(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("datasets")
    from skillprobe.callbacks import SkillprobeCallback

    (tmp_path / "skillprobe.toml").write_text("[scratch\n")
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    trainer = trained(tiny_base, tmp_path / "run", SkillprobeCallback("sft", pin=True))
    assert trainer.state.global_step == 4
    assert "not pinned" in caplog.text
    assert ready_mark(tmp_path / "run", 4) is not None


def test_a_fault_never_stops_training(tiny_base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("datasets")
    from skillprobe.callbacks import SkillprobeCallback

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / FOLDER).write_text("a file in its place")
    trainer = trained(tiny_base, tmp_path / "run", SkillprobeCallback("sft"))
    assert trainer.state.global_step == 4
    assert "not marked" in caplog.text
