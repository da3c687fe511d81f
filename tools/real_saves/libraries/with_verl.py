"""Saves of verl's checkpoint manager: FSDP2 on one process, with and without the Hugging Face model, and with LoRA."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..known_weights import fill, fill_adapter
from ..one_process import one_process
from ..save import STEP, Save

if TYPE_CHECKING:
    import torch


def _save(base: Path, root: Path, *, contents: tuple[str, ...], lora: bool = False) -> None:
    from omegaconf import OmegaConf
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard
    from torch.optim import SGD
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from verl.utils.checkpoint.fsdp_checkpoint_manager import FSDPCheckpointManager

    with one_process():
        model: torch.nn.Module = AutoModelForCausalLM.from_pretrained(base)
        fill(model, STEP)
        if lora:
            from peft import LoraConfig, get_peft_model

            model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
            fill_adapter(model, STEP)
        mesh = init_device_mesh("cpu", (1,), mesh_dim_names=("fsdp",))
        fully_shard(model, mesh=mesh)
        config = OmegaConf.create({"save_contents": list(contents), "load_contents": list(contents)})
        manager = FSDPCheckpointManager(
            model=model,
            optimizer=SGD(model.parameters(), lr=0.0),
            lr_scheduler=None,
            processing_class=AutoTokenizer.from_pretrained(base),
            checkpoint_config=config,
        )
        folder = root / f"global_step_{STEP}" / "actor"
        manager.save_checkpoint(str(folder), global_step=STEP)
        # As verl's trainer does after all of its workers.
        (root / "latest_checkpointed_iteration.txt").write_text(str(STEP))


_STATE = ("model", "optimizer", "extra")
_PACKAGES = ("verl", "torch", "transformers")
SAVES = (
    Save("verl_hf_model", "verl", _PACKAGES, partial(_save, contents=(*_STATE, "hf_model")), dtype="float32"),
    Save("verl_shards", "verl", _PACKAGES, partial(_save, contents=_STATE), weights="convert"),
    Save("verl_lora", "verl", _PACKAGES, partial(_save, contents=_STATE, lora=True), weights="convert"),
)
