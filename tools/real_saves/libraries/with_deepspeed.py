"""Saves of DeepSpeed's ZeRO on one process without a graphics card, alone and in a Trainer's checkpoint."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from ..known_weights import fill
from ..one_process import one_process
from ..save import STEP, Save


def _save(base: Path, root: Path, *, stage: int) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    os.environ |= {"DS_ACCELERATOR": "cpu", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1"}
    import deepspeed

    # An accelerator of its exchanges in shared memory, which it compiles when it starts.
    sys.modules["deepspeed.comm.torch"].build_shm_op = lambda: None  # type: ignore[attr-defined]
    with one_process():
        deepspeed.init_distributed(dist_backend="gloo", auto_mpi_discovery=False)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
        fill(model, STEP)
        engine, *_ = deepspeed.initialize(
            model=model,
            model_parameters=model.parameters(),
            config={
                "train_micro_batch_size_per_gpu": 1,
                "bf16": {"enabled": True},
                "zero_optimization": {"stage": stage},
                "zero_force_ds_cpu_optimizer": False,
                "optimizer": {"type": "AdamW", "params": {"lr": 0.0, "weight_decay": 0.0, "torch_adam": True}},
            },
        )
        engine.save_checkpoint(str(root), tag=f"global_step{STEP}")


_PACKAGES = ("deepspeed", "torch")
SAVES = (
    Save("deepspeed_zero2", "deepspeed", _PACKAGES, partial(_save, stage=2), weights="convert"),
    Save("deepspeed_zero3", "deepspeed", _PACKAGES, partial(_save, stage=3), weights="convert"),
)
