"""Saves of the Hugging Face Trainer: of the model, of a LoRA adapter, and of `save_pretrained` alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..known_weights import fill, fill_adapter
from ..save import STEP, Save


def _trainer(base: Path, root: Path, *, lora: bool) -> None:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainerCallback, TrainingArguments

    model = AutoModelForCausalLM.from_pretrained(base)
    if lora:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))

    class Fill(TrainerCallback):  # type: ignore[misc]  # transformers has no type stubs
        """Sets the weights before the save."""

        def on_step_end(self, *_: object, **__: object) -> None:
            if lora:
                fill_adapter(model, STEP)
            else:
                fill(model, STEP)

    arguments = TrainingArguments(
        output_dir=str(root), save_steps=STEP, max_steps=STEP, report_to=[], use_cpu=True, learning_rate=0.0,
        per_device_train_batch_size=1, disable_tqdm=True, logging_steps=10 * STEP, optim="sgd",
    )  # fmt: skip
    rows = [{"input_ids": [5, 6, 7], "labels": [5, 6, 7]}] * STEP
    Trainer(
        model=model, args=arguments, train_dataset=Dataset.from_list(rows), callbacks=[Fill()],
        processing_class=AutoTokenizer.from_pretrained(base),
    ).train()  # fmt: skip


def _pretrained(base: Path, root: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(base)
    fill(model, STEP)
    model.save_pretrained(root / f"step_{STEP}", max_shard_size="8KB")
    AutoTokenizer.from_pretrained(base).save_pretrained(root / f"step_{STEP}")


_PACKAGES = ("transformers", "torch")
SAVES = (
    Save("trainer_model", "hf_trainer", _PACKAGES, partial(_trainer, lora=False)),
    Save("trainer_adapter", "hf_trainer", ("transformers", "peft", "torch"), partial(_trainer, lora=True), "adapter"),
    Save("save_pretrained_shards", "torchtune", _PACKAGES, _pretrained, ends=False),
)
