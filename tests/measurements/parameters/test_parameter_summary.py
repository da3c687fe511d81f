import math

import polars as pl
import pytest
import torch

from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.parameters.parameter_summary import model_summary


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
            "sparsity_exact": (w == w0).double().mean().item(),
            "within_1e_3": ((w - w0).abs() <= 1e-3).double().mean().item(),
            "mean": w.mean().item(),
            "delta_mean": (w - w0).mean().item(),
            "base_std": w0.std(correction=0).item(),
            "delta_std": (w - w0).std(correction=0).item(),
            "delta_max": (w - w0).abs().max().item(),
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
            assert found[measure] == pytest.approx(value, rel=1e-10), measure
        assert found["cosine_distance"] == pytest.approx(1 - found["cosine"], abs=1e-15)
        assert found["tensors"] == len(names)
        assert math.isfinite(found["spectral_drift"])
    angles = frame.filter(component="attention_q")["left_angle_mean"].mean()
    assert summary.filter(component="attention_q")["left_angle_mean"].item() == pytest.approx(angles)
    norm = summary.filter(pl.col("component") == "norm").row(0, named=True)
    assert (norm["relative_norm"], norm["spectral_drift"], norm["right_angle_mean"]) == (0.0, None, None)


def test_matrices_stand_along_a_diagonal(stored):
    names = [f"model.layers.0.mlp.{part}_proj.weight" for part in ("up", "down", "gate")]
    shapes = [(40, 24), (24, 40), (12, 30)]
    base = {name: normal(*shape, seed=seed) for seed, (name, shape) in enumerate(zip(names, shapes, strict=True))}
    tuned = {
        names[0]: base[names[0]] + 0.1 * normal(40, 3, seed=7) @ normal(3, 24, seed=8),
        names[1]: base[names[1]].clone(),
        names[2]: torch.where(torch.arange(12)[:, None] < 5, base[names[2]] * 1.5, base[names[2]]),
    }
    frame = parameter_stats(stored(base), stored(tuned), model="m", step=1, previous=stored(base), previous_step=0)
    found = model_summary(frame).filter(scope="model", compared_with="base").row(0, named=True)
    rows = [frame.filter(tensor=name, compared_with="base").row(0, named=True) for name in names]
    values = [torch.linalg.svdvals((tuned[name] - base[name]).double()) for name in names]
    assert found["delta_spectral_norm"] == pytest.approx(max(float(each[0]) for each in values))
    assert [row["delta_rank"] for row in rows] == [3, 0, 5]
    assert (found["delta_rank"], found["delta_rank_share"]) == (8, 8 / (24 + 24 + 12))
    moved = [(tuned[name] - base[name]).abs() > 1e-3 * torch.maximum(*(s[name].abs() for s in (base, tuned)))
             for name in names]  # fmt: skip
    assert found["rows_updated"] == sum(int(mask.any(1).sum()) for mask in moved) / (40 + 24 + 12)
    assert found["columns_updated"] == sum(int(mask.any(0).sum()) for mask in moved) / (24 + 40 + 30)
    updated = [int(mask.sum()) for mask in moved]
    overlap = (updated[0] * rows[0]["low_overlap"] + updated[2] * rows[2]["low_overlap"]) / sum(updated)
    assert found["low_overlap"] == pytest.approx(overlap)
    assert found["delta_stable_rank"] == pytest.approx(
        (rows[0]["delta_stable_rank"] * 960 + rows[2]["delta_stable_rank"] * 360) / 1320
    )  # the tensor that stood still has none
    fits = [(row["alpha_fits"], row["elements"]) for row in rows if row["alpha_fits"] is not None]
    assert found["alpha_fits"] == pytest.approx(sum(fit * n for fit, n in fits) / sum(n for _, n in fits))
    again = model_summary(frame).filter(scope="model", compared_with="previous").row(0, named=True)
    assert (found["update_jaccard"], again["update_cosine"]) == (None, None)
    assert again["update_jaccard"] == 0.0


def test_every_measure_is_summed_up():
    columns = {column.name for column in PARAMETER_STATS.columns}
    empty = model_summary(pl.DataFrame(schema=PARAMETER_STATS.polars_schema))
    left_out = {"tensor", "base_tensor", "compared_step", "status", "tied_to", "shape", "dtype", "base_dtype",
                "subspace_size", "alpha_tail", "intruder_threshold", "right_intruder_threshold"}  # fmt: skip
    assert columns - set(empty.columns) == left_out
    assert set(empty.columns) - columns == {"scope", "tensors", "largest_relative_norm"}
