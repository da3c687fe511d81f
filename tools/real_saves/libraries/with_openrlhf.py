"""Saves of OpenRLHF's strategy, as `--ckpt.save_hf` has its trainers make them, on one process."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace

from ..known_weights import fill, fill_adapter
from ..one_process import one_process
from ..save import STEP, Save


def _save(base: Path, root: Path, *, lora: bool) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    os.environ |= {"DS_ACCELERATOR": "cpu", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1"}
    # OpenRLHF imports these functions of flash-attn, which needs a graphics card. No save calls them.
    for name in ("flash_attn", "flash_attn.utils"):
        sys.modules[name] = ModuleType(name)
    for name, functions in (
        ("bert_padding", ("index_first_axis", "pad_input", "rearrange", "unpad_input")),
        ("utils.distributed", ("all_gather",)),
    ):
        module = sys.modules[f"flash_attn.{name}"] = ModuleType(f"flash_attn.{name}")
        vars(module).update(dict.fromkeys(functions))
    from openrlhf.utils.deepspeed.deepspeed import DeepspeedStrategy

    torch.cuda.synchronize = lambda *_: None  # its last call, after all files
    sizes = SimpleNamespace(param_dtype="fp32", zero_stage=2, tensor_parallel_size=1)
    strategy = DeepspeedStrategy(args=SimpleNamespace(ds=sizes, train=SimpleNamespace(), local_rank=-1))
    model = AutoModelForCausalLM.from_pretrained(base)
    fill(model, STEP)
    if lora:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
        fill_adapter(model, STEP)
    with one_process():
        strategy.save_model(model, AutoTokenizer.from_pretrained(base), str(root / f"global_step{STEP}_hf"))


_PACKAGES = ("openrlhf", "deepspeed", "transformers")
SAVES = (
    Save("openrlhf_model", "openrlhf", _PACKAGES, partial(_save, lora=False), ends=False),
    Save("openrlhf_adapter", "openrlhf", _PACKAGES, partial(_save, lora=True), weights="adapter", ends=False),
)
