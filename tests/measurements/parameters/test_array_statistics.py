"""Statistics of arrays in memory: the rows that the pipeline has for the same tensors in files."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.parameters.array_statistics import weight_statistics
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import open_weights

RANDOM = np.random.default_rng(3)
W0 = RANDOM.normal(size=(48, 20))
W = W0 + 0.01 * RANDOM.normal(size=(48, 20)) * (RANDOM.random((48, 20)) > 0.5)


def stored(folder: Path, tensors: dict[str, torch.Tensor]) -> ModelFiles:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen2"}))
    save_file(tensors, folder / "model.safetensors")
    return ModelFiles.of(folder)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("shape", [(48, 20), (20, 48), (960,)])
def test_it_gives_the_pipelines_values(dtype: torch.dtype, shape: tuple[int, ...], tmp_path: Path) -> None:
    old, new = (torch.from_numpy(side.reshape(shape)).to(dtype) for side in (W0, W))
    files = [stored(tmp_path / name, {"mlp.weight": side}) for name, side in (("old", old), ("new", new))]
    (row,) = parameter_stats(*map(open_weights, files), model="m", step=1).to_dicts()
    found = weight_statistics(old, new)
    assert len(found) > 30
    assert ("spectral_drift" in found) == (len(shape) == 2)
    for name, value in found.items():
        assert value == row[name] or (math.isnan(value) and math.isnan(row[name])), name


def test_arrays_and_tensors_agree() -> None:
    assert weight_statistics(W0, W) == weight_statistics(torch.from_numpy(W0), torch.from_numpy(W))
    assert weight_statistics(W0[::-1], W[::-1]) == weight_statistics(W0[::-1].copy(), W[::-1].copy())
    assert weight_statistics(W0, W)["relative_norm"] == pytest.approx(np.linalg.norm(W - W0) / np.linalg.norm(W0))


def test_an_unchanged_tensor_has_not_moved() -> None:
    found = weight_statistics(W0, W0)
    assert (found["delta_norm"], found["sparsity_exact"], found["spectral_drift"]) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("base", "tuned", "says"),
    [
        (W0, W.T, r"base has shape \[48, 20\], tuned has shape \[20, 48\]"),
        (W0.reshape(2, 24, 20), W.reshape(2, 24, 20), r"base has shape \[2, 24, 20\], expected 1 or 2"),
        (W0[:0], W[:0], r"shape \[0, 20\]"),
        (np.arange(4), np.arange(4), "base holds int64"),
        (torch.arange(4), torch.arange(4), "base holds int64"),
        (W0, np.full_like(W, np.nan), "tuned holds NaN or infinite"),
        (np.full_like(W, np.inf), W0, "base holds NaN or infinite"),
    ],
)
def test_what_cannot_be_measured_is_refused(base: np.ndarray, tuned: np.ndarray, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        weight_statistics(base, tuned)
