"""Saves of NeMo Automodel's checkpointer on one process, in the order of its recipes: reserve, save, publish."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..known_weights import fill
from ..one_process import one_process
from ..save import STEP, Save


def _save(base: Path, root: Path, *, consolidated: str) -> None:
    import torch
    from nemo_automodel.components.checkpoint.checkpointing import Checkpointer
    from nemo_automodel.components.checkpoint.config import CheckpointingConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(base)
    fill(model, STEP)
    config = CheckpointingConfig(
        checkpoint_dir=str(root), save_consolidated=consolidated, model_repo_id=str(base), model_cache_dir=str(base)
    )
    path = str(root / f"epoch_0_step_{STEP}")
    with one_process():
        checkpointer = Checkpointer(config, dp_rank=0, tp_rank=0, pp_rank=0)
        checkpointer.lifecycle.reserve(path)
        checkpointer.save_model(model, path, tokenizer=AutoTokenizer.from_pretrained(base))
        checkpointer.save_optimizer(torch.optim.SGD(model.parameters(), lr=0.0), model, path)
        checkpointer.lifecycle.publish(path, best_val_metric=None, metric_key=None)
        checkpointer.close()


_PACKAGES = ("nemo-automodel", "torch", "transformers")
SAVES = (
    Save("nemo_automodel_consolidated", "nemo_automodel", _PACKAGES, partial(_save, consolidated="every")),
    Save("nemo_automodel_shards", "nemo_automodel", _PACKAGES, partial(_save, consolidated="final")),
)
