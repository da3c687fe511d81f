import math

import polars as pl
import pytest
import torch

from skillprobe_core.parameters.stats import parameter_stats
from skillprobe_core.parameters.summary import model_summary


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_whole_is_as_if_all_tensors_were_one(stored):
    base = {
        "model.embed_tokens.weight": normal(20, 8, seed=0),
        "model.layers.0.self_attn.q_proj.weight": normal(8, 8, seed=1),
        "model.layers.1.self_attn.q_proj.weight": normal(8, 8, seed=2),
        "model.layers.1.input_layernorm.weight": torch.ones(8),
    }
    tuned = {name: tensor * 1.01 + 1e-3 * normal(*tensor.shape, seed=9) for name, tensor in base.items()}
    tuned["model.layers.1.input_layernorm.weight"] = torch.ones(8)
    frame = parameter_stats(stored(base), stored(tuned), model="m", step=3)
    summary = model_summary(frame)
    assert summary["scope"].value_counts().sort("scope").rows() == [("component", 3), ("layer", 2), ("model", 1)]

    def whole(names: list[str]) -> dict[str, float]:
        w0, w = (torch.cat([side[name].double().flatten() for name in names]) for side in (base, tuned))
        largest = torch.maximum(w.abs(), w0.abs())
        return {
            "elements": len(w),
            "relative_norm": ((w - w0).norm() / w0.norm()).item(),
            "cosine": (w @ w0 / w.norm() / w0.norm()).item(),
            "sparsity_relative": ((w - w0).abs() <= 1e-3 * largest).double().mean().item(),
            "sparsity_bf16": (w.float().bfloat16() == w0.float().bfloat16()).double().mean().item(),
        }

    queries = [name for name in base if "q_proj" in name]
    layer = [name for name in base if "layers.1" in name]
    for names, rows in (
        (list(base), pl.col("scope") == "model"),
        (queries, pl.col("component") == "attention_q"),
        (layer, pl.col("layer") == 1),
    ):
        found = summary.filter(rows).row(0, named=True)
        for measure, value in whole(names).items():
            assert found[measure] == pytest.approx(value, rel=1e-11), measure
        assert found["tensors"] == len(names)
        assert math.isfinite(found["spectral_drift"])
    angles = frame.filter(component="attention_q")["left_angle_mean"].mean()
    assert summary.filter(component="attention_q")["left_angle_mean"].item() == pytest.approx(angles)
    norm = summary.filter(pl.col("component") == "norm").row(0, named=True)
    assert (norm["relative_norm"], norm["spectral_drift"], norm["right_angle_mean"]) == (0.0, None, None)
