from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.runs.weights import Weights, open_weights


@pytest.fixture
def stored(tmp_path_factory) -> Callable[[dict[str, torch.Tensor]], Weights]:
    """Writes tensors to a folder of their own and opens it."""

    def write(tensors: dict[str, torch.Tensor]) -> Weights:
        folder: Path = tmp_path_factory.mktemp("checkpoint")
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")
        return open_weights(folder)

    return write
