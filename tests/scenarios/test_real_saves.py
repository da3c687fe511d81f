"""Saves by the real libraries, looked at whenever they touch a file: no look ever takes a part for the whole."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

from skillprobe_core.runs.content_files import counting_files
from skillprobe_core.runs.discovery import Candidate, discover

ACTS = {"open", "os.mkdir", "os.rename"}
_looks: list[Callable[[], None]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    reads = event == "open" and "r" in str(arguments[1]) and "+" not in str(arguments[1])
    if _looks and event in ACTS and not reads:
        look = _looks.pop()  # what the look itself opens is not looked at
        try:
            look()
        finally:
            _looks.append(look)


sys.addaudithook(_hook)


@contextmanager
def looking(look: Callable[[], None]) -> Iterator[None]:
    _looks.append(look)
    try:
        yield
    finally:
        _looks.remove(look)


def content(candidate: Candidate) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in counting_files(candidate.checkpoint.files).items()}


def test_no_part_of_a_save_by_the_trainer_is_taken_for_a_checkpoint(tmp_path: Path, tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    rows = [{"input_ids": [5, 6, 7], "labels": [5, 6, 7]}] * 6
    arguments = TrainingArguments(
        output_dir=str(tmp_path), save_steps=1, max_steps=2, save_total_limit=1, report_to=[], use_cpu=True,
        per_device_train_batch_size=1, disable_tqdm=True, logging_steps=100,
    )  # fmt: skip
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(tiny_base),
    )
    taken: dict[int, list[dict[str, bytes]]] = {}
    waited: set[str] = set()

    def look() -> None:
        for each in discover(tmp_path, "m", "sft", settle_seconds=1e9):
            if each.ready:
                taken.setdefault(each.checkpoint.step, []).append(content(each))
            waited.add(each.waiting_for or "")

    with looking(look):
        trainer.train()
    look()
    assert {"no weight files yet", "no trainer_state.json yet"} <= waited
    assert set(taken) == {1, 2}
    for seen in taken.values():
        assert all(each == seen[-1] for each in seen)
    assert [each.checkpoint.step for each in discover(tmp_path, "m", "sft")] == [2]


def test_no_part_of_a_saved_adapter_is_taken_for_a_checkpoint(tmp_path: Path, tiny_base: Path) -> None:
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_base), LoraConfig(r=2, target_modules=["q_proj"]))
    folder = tmp_path / "adapter"
    taken, looks = [], []

    def look() -> None:
        found = discover(folder, "m", "sft", settle_seconds=1e9) if folder.is_dir() else []
        looks.append(len(found))
        taken.extend(content(each) for each in found if each.ready)

    with looking(look):
        model.save_pretrained(folder)
    during = len(taken)
    look()
    assert len(looks) > 2
    assert taken[during:]
    assert all(each == taken[-1] for each in taken)


def test_fsdp_shards_inside_a_trainers_checkpoint(tmp_path: Path, tiny_base: Path) -> None:
    import torch.distributed.checkpoint as dcp

    weights = dict(AutoModelForCausalLM.from_pretrained(tiny_base).state_dict())
    shards = tmp_path / "checkpoint-5" / "pytorch_model_fsdp_0"
    complete = []

    def look() -> None:
        found = discover(tmp_path, "m", "sft", settle_seconds=1e9)
        complete.extend(each for each in found if each.waiting_for is None)

    with looking(look), torch.random.fork_rng():
        dcp.save({"model": weights}, checkpoint_id=shards, no_dist=True)
        (tmp_path / "checkpoint-5" / "trainer_state.json").write_text('{"global_step": 5}')
    assert complete == []
    look()
    assert complete[0].ready
    assert complete[0].checkpoint.files.weights == shards
