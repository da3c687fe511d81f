"""Weights written to files of their own, and the measures of one tensor."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.runs.weights import Weights, open_weights

NAME = "model.layers.3.self_attn.q_proj.weight"
Stored = Callable[[dict[str, torch.Tensor]], Weights]
Measures = dict[str, object]


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def row(frame: pl.DataFrame, name: str = NAME) -> dict:
    return frame.filter(pl.col("tensor") == name).row(0, named=True)


@pytest.fixture
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Writes tensors to a folder of their own and opens it."""

    def write(tensors: dict[str, torch.Tensor]) -> Weights:
        folder: Path = tmp_path_factory.mktemp("checkpoint")
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")
        return open_weights(folder)

    return write


@pytest.fixture
def compare(stored: Stored) -> Callable[..., dict]:
    """The measures of one tensor against its base's, by name."""

    def compared(base: torch.Tensor, tensor: torch.Tensor, name: str = NAME) -> dict:
        frame = parameter_stats(stored({name: base}), stored({name: tensor}), model="m", step=5)
        assert frame.height == 1
        return row(frame, name)

    return compared
