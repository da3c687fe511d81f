import math

import numpy as np
import polars as pl
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.parameter_registry import FAMILIES
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.runs.weights import open_weights
from tests.measurements.parameters.conftest import NAME, normal, row


def bf16(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.bfloat16().view(torch.int16)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float8_e4m3fn])
@pytest.mark.parametrize("shape", [(40, 24), (24, 40), (17, 17), (1, 9), (9, 1), (700, 300)])
def test_against_a_plain_float64_computation(compare, dtype, shape):
    base = normal(*shape, seed=1, dtype=dtype)
    tensor = (base.double() + 0.05 * normal(*shape, seed=2, dtype=torch.float64)).to(dtype)
    found = compare(base, tensor)
    w0, w = base.double().numpy(), tensor.double().numpy()
    delta = w - w0
    sigma0, sigma, sigma_delta = (np.linalg.svd(matrix, compute_uv=False) for matrix in (w0, w, delta))
    expected = {
        "base_norm": np.linalg.norm(w0),
        "norm": np.linalg.norm(w),
        "delta_norm": np.linalg.norm(delta),
        "relative_norm": np.linalg.norm(delta) / np.linalg.norm(w0),
        "cosine": (w * w0).sum() / np.linalg.norm(w) / np.linalg.norm(w0),
        "sparsity_relative": (abs(delta) <= 1e-3 * np.maximum(abs(w), abs(w0))).mean(),
        "sparsity_bf16": (bf16(base) == bf16(tensor)).double().mean().item(),
        "base_spectral_norm": sigma0[0],
        "spectral_norm": sigma[0],
        "delta_spectral_norm": sigma_delta[0],
        "relative_spectral_norm": sigma_delta[0] / sigma0[0],
        "spectral_drift": np.linalg.norm(sigma - sigma0) / np.linalg.norm(sigma0),
        "stable_rank": np.linalg.norm(w) ** 2 / sigma[0] ** 2,
        "delta_stable_rank": np.linalg.norm(delta) ** 2 / sigma_delta[0] ** 2,
        "delta_effective_rank": math.exp(-sum(s * math.log(s) for s in sigma_delta / sigma_delta.sum() if s > 0)),
        "delta_rank": np.linalg.matrix_rank(delta.astype(np.float32)),
    }
    for measure, value in expected.items():
        assert found[measure] == pytest.approx(value, rel=1e-11, abs=1e-14), measure
    assert found["dtype"] == found["base_dtype"] == str(dtype).removeprefix("torch.")
    assert (found["layer"], found["component"], found["shape"]) == (3, "attention_q", list(shape))


def test_the_same_weights_did_not_move(compare):
    weight = normal(30, 20)
    found = compare(weight, weight.clone())
    for measure in ("delta_norm", "relative_norm", "cosine_distance", "delta_spectral_norm", "spectral_drift"):
        assert found[measure] == 0.0
    assert (found["cosine"], found["sparsity_relative"], found["sparsity_bf16"], found["delta_rank"]) == (1, 1, 1, 0)
    assert found["delta_stable_rank"] is None
    assert found["delta_effective_rank"] is None


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
def test_tiny_and_huge_weights(compare, scale):
    base, update = normal(30, 20), 0.1 * normal(30, 20, seed=1)
    plain = compare(base, base + update)
    scaled = compare((base.double() * scale).float(), ((base + update).double() * scale).float())
    for measure in ("relative_norm", "relative_spectral_norm", "spectral_drift", "stable_rank", "delta_effective_rank"):
        assert scaled[measure] == pytest.approx(plain[measure], rel=1e-5), measure


def test_vectors_have_no_spectrum_and_zeros_no_quotients(compare):
    found = compare(torch.ones(8), torch.full((8,), 1.25), "model.norm.weight")
    assert (found["component"], found["layer"], found["relative_norm"]) == ("norm", None, 0.25)
    assert found["spectral_norm"] is None
    found = compare(torch.zeros(4, 4), torch.eye(4))
    assert found["relative_norm"] is found["cosine"] is found["spectral_drift"] is found["base_stable_rank"] is None
    assert found["delta_rank"] == 4


@pytest.mark.parametrize(("value", "word"), [(math.nan, "NaN"), (math.inf, "infinite"), (-math.inf, "infinite")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("damaged", ["base", "checkpoint"])
def test_weights_that_are_no_numbers(stored, value, word, dtype, damaged):
    good, bad = normal(30, 20, dtype=dtype), normal(30, 20, dtype=dtype)
    bad[17, 11] = value
    base, checkpoint = (stored({NAME: bad if side == damaged else good}) for side in ("base", "checkpoint"))
    with pytest.raises(CheckpointError, match=rf"q_proj.*{word}(.|\n)*Remedy") as caught:
        parameter_stats(base, checkpoint, model="m", step=1)
    assert caught.value.path == str((base if damaged == "base" else checkpoint).folder / "model.safetensors")


def test_missing_tensors_and_other_shapes_are_named(stored):
    whole = stored({NAME: normal(4, 4), "model.norm.weight": normal(4)})
    part = stored({NAME: normal(4, 4)})
    for base, checkpoint, status in ((whole, part, "missing"), (part, whole, "new")):
        found = row(parameter_stats(base, checkpoint, model="m", step=1), "model.norm.weight")
        assert (found["status"], found["delta_norm"], found["elements"]) == (status, None, 4)
    other = stored({NAME: normal(4, 4), "model.norm.weight": normal(5)})
    found = row(parameter_stats(whole, other, model="m", step=1), "model.norm.weight")
    assert (found["status"], found["delta_norm"], found["shape"]) == ("reshaped", None, [5])
    with pytest.raises(CheckpointError, match=r"only 0%(.|\n)*q_proj\.weight' has shape \[4, 5\](.|\n)*\[4, 4\]"):
        parameter_stats(part, stored({NAME: normal(4, 5)}), model="m", step=1)
    with pytest.raises(CheckpointError, match="only 0% of the parameters can be compared"):
        parameter_stats(part, stored({"other": normal(4, 4)}), model="m", step=1)


def test_wrapped_names_are_the_same_tensors(stored):
    base = stored({NAME: normal(6, 5)})
    wrapped = stored({f"module._orig_mod.{NAME}": normal(6, 5, seed=1)})
    found = parameter_stats(base, wrapped, model="m", step=1)
    assert found["tensor"].to_list() == [f"module._orig_mod.{NAME}"]
    assert found["layer"].to_list() == [3]


def test_a_saved_model_has_a_row_for_each_tensor(tmp_path):
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    model = Qwen2ForCausalLM(config)
    model.save_pretrained(tmp_path / "base")
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight.mul_(1.1)
    model.save_pretrained(tmp_path / "tuned")
    base, tuned = open_weights(tmp_path / "base"), open_weights(tmp_path / "tuned")
    frame = parameter_stats(base, tuned, model="run", step=10)
    assert set(frame["tensor"]) == {*base, "lm_head.weight"}
    head = row(frame, "lm_head.weight")
    assert (head["status"], head["tied_to"], head["norm"]) == ("tied", "model.embed_tokens.weight", None)
    assert (frame["status"] == "compared").sum() == len(base)
    moved = frame.filter(pl.col("delta_norm") > 0)
    assert moved["tensor"].to_list() == ["model.layers.1.mlp.up_proj.weight"]
    assert moved["relative_norm"][0] == pytest.approx(0.1, rel=1e-6)
    assert set(frame["component"]) == {
        "embedding",
        "head",
        "norm",
        *(f"attention_{part}" for part in "qkvo"),
        "mlp_gate",
        "mlp_up",
        "mlp_down",
    }
    assert tuned.tied == {"lm_head.weight": "model.embed_tokens.weight"}


def test_every_measure_has_a_column_and_every_column_a_measure(compare):
    found = compare(normal(40, 30), normal(40, 30) + 0.1 * normal(40, 30, seed=1))
    assert list(found) == [column.name for column in PARAMETER_STATS.columns]
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    without = {name for name, value in found.items() if value is None}
    assert without == {"tied_to", *(name for name in found if name.startswith("update_"))}
