"""Saves of torchtitan's checkpoint manager: a Llama with its own names, and the last step under Hugging Face's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..known_weights import known_tensor
from ..one_process import one_process
from ..save import STEP, Save


def _save(base: Path, root: Path, *, last: bool, fused: bool = True) -> None:
    import torch
    from safetensors import safe_open
    from torchtitan.components.checkpointer.dcp import CheckpointManager
    from torchtitan.components.optimizer import OptimizersContainer, ParamGroupConfig
    from torchtitan.models import llama3
    from torchtitan.models.common import ComplexRoPE, Embedding, Linear, RMSNorm

    ones = {"weight": torch.nn.init.ones_}
    with torch.device("cpu"):
        config = llama3.Llama3Model.Config(
            dim=16,
            vocab_size=64,
            tok_embeddings=Embedding.Config(num_embeddings=64, embedding_dim=16, param_init=ones),
            norm=RMSNorm.Config(normalized_shape=16, param_init=ones),
            lm_head=Linear.Config(in_features=16, out_features=64, param_init=ones),
            layers=llama3._build_llama3_layers(
                n_layers=2, dim=16, n_heads=2, n_kv_heads=1, hidden_dim=24, fuse_qkv=fused, attn_backend="flex",
                rope=ComplexRoPE.Config(dim=8, max_seq_len=64, theta=10000),
            ),
        )  # fmt: skip
        model = config.build()
    with safe_open(base / "model.safetensors", "pt") as stored:
        shapes = {name: stored.get_slice(name).get_shape() for name in stored.keys()}  # noqa: SIM118
    adapter = llama3.Llama3StateDictAdapter(config, str(base))
    trained = {name: known_tensor(name, shape, STEP) for name, shape in shapes.items()}
    missing, unexpected = model.load_state_dict(adapter.from_hf(trained), strict=False)
    if unexpected or any("weight" in name for name in missing):
        raise RuntimeError(f"torchtitan's model lacks {missing} and does not take {unexpected}")
    optimizers = OptimizersContainer.Config(
        implementation="for-loop",
        param_groups=[ParamGroupConfig(pattern=".*", optimizer_name="AdamW", optimizer_kwargs={"lr": 0.0})],
    ).build(model_parts=[model])
    with one_process():
        manager = CheckpointManager(
            CheckpointManager.Config(enable=True, interval=STEP, last_save_in_hf=last),
            dataloader=None, model_parts=[model], optimizers=optimizers, lr_schedulers=None, states={},
            sd_adapter=adapter, base_folder=str(root),
        )  # fmt: skip
        manager.save(STEP, last_step=last)
        manager.close()


_PACKAGES = ("torchtitan", "torch")
SAVES = (
    Save("torchtitan_dcp", "torchtitan", _PACKAGES, partial(_save, last=False), run="checkpoint"),
    Save("torchtitan_hf", "torchtitan", _PACKAGES, partial(_save, last=True), run="checkpoint"),
)
