"""Saves of accelerate: FSDP2 shards as the Hugging Face Trainer has them written, on one process."""

from __future__ import annotations

import json
from pathlib import Path

from ..known_weights import fill
from ..one_process import one_process
from ..save import STEP, Save


def _fsdp(base: Path, root: Path) -> None:
    from accelerate import FullyShardedDataParallelPlugin
    from accelerate.state import PartialState
    from accelerate.utils.fsdp_utils import save_fsdp_model
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard
    from transformers import AutoModelForCausalLM

    with one_process():
        model = AutoModelForCausalLM.from_pretrained(base)
        fill(model, STEP)
        fully_shard(model, mesh=init_device_mesh("cpu", (1,)))
        state = PartialState(cpu=True)
        plugin = FullyShardedDataParallelPlugin(fsdp_version=2, state_dict_type="SHARDED_STATE_DICT")
        folder = root / f"checkpoint-{STEP}"
        folder.mkdir()
        save_fsdp_model(plugin, state, model, str(folder))
        # As the Trainer does afterwards.
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": STEP, "log_history": []}))


SAVES = (Save("accelerate_fsdp", "hf_trainer", ("accelerate", "torch"), _fsdp),)
