"""MLX's adapter files: a checkpoint is a file, complete when it is as long as its header states."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.mlx import LAYOUT


def test_each_numbered_file_is_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    for name in ("0000100_adapters", "0000200_adapters", "adapters", "100_adapters"):
        save_file({"layers.0.lora_a": torch.ones(4, 2)}, tmp_path / f"{name}.safetensors")
    assert sorted(found.step for found in LAYOUT.find(tmp_path)) == [100, 200]
    short = tmp_path / "0000200_adapters.safetensors"
    short.write_bytes(short.read_bytes()[:-1])
    first, second = discover(tmp_path, "m", "sft", settle_seconds=0)
    assert first.unreadable
    assert "truncated" in (second.waiting_for or "")
