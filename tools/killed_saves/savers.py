"""Runs that save checkpoints by the libraries themselves; all weights of step N have the value N."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel

STEPS = 4
"""Checkpoints of a run that is not killed."""

Saver = Callable[[Path, Path, Callable[[], None]], None]
"""Saves a run of a base model to a folder; calls the function when the first save is about to begin."""


def hf_trainer(base: Path, folder: Path, begin: Callable[[], None]) -> None:
    """The Hugging Face Trainer, which saves each step and keeps two checkpoints."""
    from datasets import Dataset
    from transformers import (
        AutoTokenizer,
        Trainer,
        TrainerCallback,
        TrainerControl,
        TrainerState,
        TrainingArguments,
    )

    model = _model(base)

    class Fill(TrainerCallback):  # type: ignore[misc]  # transformers has no type stubs
        """Sets the weights before each save."""

        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            _fill(model, state.global_step)
            if state.global_step == 1:
                begin()

    arguments = TrainingArguments(
        output_dir=str(folder), save_steps=1, max_steps=STEPS, save_total_limit=2, report_to=[], use_cpu=True,
        per_device_train_batch_size=1, disable_tqdm=True, logging_steps=100, learning_rate=0.0,
    )  # fmt: skip
    rows = [{"input_ids": [5, 6, 7], "labels": [5, 6, 7]}] * STEPS
    Trainer(
        model=model, args=arguments, train_dataset=Dataset.from_list(rows), callbacks=[Fill()],
        processing_class=AutoTokenizer.from_pretrained(base),
    ).train()  # fmt: skip


def peft(base: Path, folder: Path, begin: Callable[[], None]) -> None:
    """`save_pretrained` of a LoRA adapter, each to a folder of its own."""
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(_model(base), LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    begin()
    for step in range(1, STEPS + 1):
        _fill(model, step)
        model.save_pretrained(str(folder / f"adapter-{step}"))


def dcp(base: Path, folder: Path, begin: Callable[[], None]) -> None:
    """torch.distributed.checkpoint inside a Trainer's folder, as FSDP with sharded state saves it."""
    from torch.distributed.checkpoint.state_dict_saver import save

    model = _model(base)
    begin()
    for step in range(1, STEPS + 1):
        _fill(model, step)
        place = folder / f"checkpoint-{step}"
        save({"model": dict(model.state_dict())}, checkpoint_id=place / "pytorch_model_fsdp_0", no_dist=True)
        (place / "trainer_state.json").write_text(f'{{"global_step": {step}}}')


def preload() -> None:
    """Import what the savers use, so that a fork of this process need not."""
    import datasets  # noqa: F401
    import peft  # noqa: F401
    import torch.distributed.checkpoint  # noqa: F401
    from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen2ForCausalLM, Trainer  # noqa: F401


SAVERS: dict[str, Saver] = {"hf_trainer": hf_trainer, "peft": peft, "dcp": dcp}


def _model(base: Path) -> PreTrainedModel:
    from transformers import AutoModelForCausalLM

    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return AutoModelForCausalLM.from_pretrained(base)


def _fill(model: PreTrainedModel, value: float) -> None:
    import torch

    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(value)
