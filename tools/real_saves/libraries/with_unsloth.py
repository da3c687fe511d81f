"""Saves of unsloth on a processor: a LoRA adapter, and the model that it is merged into."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..known_weights import fill_adapter
from ..save import STEP, Save


def _save(base: Path, root: Path, *, merged: bool) -> None:
    import torch
    from unsloth import FastLanguageModel  # isort: skip

    model, tokenizer = FastLanguageModel.from_pretrained(
        model_name=str(base.absolute()), max_seq_length=32, dtype=torch.float32, load_in_4bit=False
    )
    model = FastLanguageModel.get_peft_model(model, r=2, lora_alpha=2, target_modules=["q_proj", "v_proj"])
    fill_adapter(model, STEP)
    folder = str(root / f"step_{STEP}")
    if merged:
        model.save_pretrained_merged(folder, tokenizer, save_method="merged_16bit")
    else:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


_PACKAGES = ("unsloth", "transformers", "peft")
SAVES = (
    Save("unsloth_adapter", "torchtune", _PACKAGES, partial(_save, merged=False), weights="adapter", ends=False),
    Save(
        "unsloth_merged",
        "torchtune",
        _PACKAGES,
        partial(_save, merged=True),
        weights="merged",
        dtype="float16",
        ends=False,
    ),
)
