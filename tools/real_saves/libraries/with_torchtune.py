"""Saves of torchtune's Hugging Face checkpointer and of its distributed one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..known_weights import known_tensor
from ..one_process import one_process
from ..save import STEP, Save

if TYPE_CHECKING:
    import torch

_EPOCH = STEP - 1  # counted from 0
_PARTS = {"attn.q_proj": (16, 16), "attn.v_proj": (8, 16)}


def _full(base: Path, root: Path) -> None:
    _save(base, root, adapter=False, intermediate=True)


def _last(base: Path, root: Path) -> None:
    _save(base, root, adapter=False, intermediate=False)


def _lora(base: Path, root: Path) -> None:
    _save(base, root, adapter=True, intermediate=True)


def _adapter_only(base: Path, root: Path) -> None:
    _save(base, root, adapter=True, intermediate=True, adapter_only=True)


def _save(base: Path, root: Path, *, adapter: bool, intermediate: bool, adapter_only: bool = False) -> None:
    from torchtune import training

    checkpointer = training.FullModelHFCheckpointer(
        checkpoint_dir=str(base), checkpoint_files=["model.safetensors"], model_type="LLAMA3", output_dir=str(root)
    )
    checkpointer.load_checkpoint()
    state = {
        training.MODEL_KEY: _in_torchtune(base),
        training.EPOCHS_KEY: _EPOCH,
        training.SEED_KEY: 0,
    }
    if adapter:
        state[training.ADAPTER_KEY] = _factors()
        state[training.ADAPTER_CONFIG] = {
            "r": 2, "lora_alpha": 4, "target_modules": ["q_proj", "v_proj"], "peft_type": "LORA",
        }  # fmt: skip
    checkpointer.save_checkpoint(state, epoch=_EPOCH, intermediate_checkpoint=intermediate, adapter_only=adapter_only)


def _in_torchtune(base: Path) -> dict[str, torch.Tensor]:
    """The trained weights under torchtune's names, by its own conversion."""
    from safetensors.torch import load_file
    from torchtune.models.convert_weights import hf_to_tune

    stored = load_file(base / "model.safetensors")
    trained = {name: known_tensor(name, value.shape, STEP) for name, value in stored.items()}
    return dict(hf_to_tune(trained, num_heads=2, num_kv_heads=1, dim=16, head_dim=8))


def _factors() -> dict[str, torch.Tensor]:
    """LoRA factors under torchtune's names; in the query's, the rows of each head are in pairs of neighbours."""
    factors = {}
    for layer in range(2):
        for part, (rows, columns) in _PARTS.items():
            for factor, shape in (("lora_A", (2, columns)), ("lora_B", (rows, 2))):
                stored = f"base_model.model.model.layers.{layer}.self_{part}.{factor}.weight"
                value = known_tensor(stored, shape, STEP)
                if (part, factor) == ("attn.q_proj", "lora_B"):
                    value = value.view(2, 2, rows // 4, 2).transpose(1, 2).reshape(shape)
                factors[f"layers.{layer}.{part}.{factor.lower()}.weight"] = value
    return factors


def _distributed(base: Path, root: Path) -> None:
    from torchtune.training import DistributedCheckpointer

    with one_process():
        checkpointer = DistributedCheckpointer(checkpoint_dir=str(base), output_dir=str(root))
        state = {"model": _in_torchtune(base), "epochs_run": _EPOCH}
        checkpointer.save_checkpoint(state, epoch=_EPOCH, save_async=False)


_PACKAGES = ("torchtune", "torch")
SAVES = (
    Save("torchtune_full", "torchtune", _PACKAGES, _full),
    Save("torchtune_last", "torchtune", _PACKAGES, _last, ends=False),
    Save("torchtune_lora", "torchtune", _PACKAGES, _lora),
    Save("torchtune_adapter_only", "torchtune", _PACKAGES, _adapter_only, weights="adapter"),
    Save("torchtune_distributed", "torchtune", _PACKAGES, _distributed),
)
