import json

import polars as pl
import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_summary import model_summary
from skillprobe_core.runs.weights import open_weights

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def write(tmp_path):
    def written(name: str, tensors: dict[str, torch.Tensor], *, tied: bool = False):
        folder = tmp_path / name
        folder.mkdir()
        save_file(tensors, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps({"tie_word_embeddings": tied}))
        return open_weights(folder)

    return written


def stats(base, checkpoint) -> dict[str, dict]:
    frame = parameter_stats(base, checkpoint, model="m", step=1)
    return {row["tensor"]: row for row in frame.iter_rows(named=True)}


def test_a_tied_head_is_named_and_counted_once(write):
    base, tuned = (
        write("base", {EMBEDDING: normal(9, 4)}, tied=True),
        write("b", {EMBEDDING: 2 * normal(9, 4)}, tied=True),
    )
    frame = parameter_stats(base, tuned, model="m", step=1)
    assert frame.sort("tensor").select("tensor", "status", "tied_to").rows() == [
        (HEAD, "tied", EMBEDDING),
        (EMBEDDING, "compared", None),
    ]
    assert model_summary(frame).filter(scope="model")["elements"].item() == 36


def test_a_tied_head_that_is_stored_all_the_same_is_not_counted_again(write):
    base = write("base", {EMBEDDING: normal(9, 4)}, tied=True)
    found = stats(base, write("both", {EMBEDDING: normal(9, 4, seed=1), HEAD: normal(9, 4, seed=1)}, tied=True))
    assert (found[HEAD]["status"], found[HEAD]["tied_to"]) == ("tied", EMBEDDING)


def test_a_head_stored_twice_is_one_row_also_if_the_vocabulary_grew(write):
    base = write("base", {EMBEDDING: normal(9, 4)}, tied=True)
    found = stats(base, write("both", {EMBEDDING: normal(12, 4), HEAD: normal(12, 4)}, tied=True))
    assert {name: row["status"] for name, row in found.items()} == {
        EMBEDDING: "compared",
        f"{EMBEDDING}[new rows]": "new",
        HEAD: "tied",
    }


def test_a_head_that_was_untied_is_compared_with_the_embedding_it_came_from(write):
    base = write("base", {EMBEDDING: normal(9, 4)}, tied=True)
    found = stats(base, write("untied", {EMBEDDING: normal(9, 4), HEAD: 3 * normal(9, 4)}))
    assert found[EMBEDDING]["relative_norm"] == 0.0
    assert (found[HEAD]["status"], found[HEAD]["base_tensor"]) == ("compared", EMBEDDING)
    assert found[HEAD]["relative_norm"] == pytest.approx(2.0)


def test_missing_new_and_integer_tensors_are_rows_without_measures(write):
    q = "model.layers.0.self_attn.q_proj.weight"
    base = write("base", {q: normal(4, 4), "model.old.weight": normal(3), "ids": torch.arange(4)})
    tuned = write("tuned", {q: normal(4, 4), "model.value_head.summary": normal(3, 2), "ids": torch.arange(4)})
    found = stats(base, tuned)
    assert {name: row["status"] for name, row in found.items()} == {
        q: "compared",
        "model.old.weight": "missing",
        "model.value_head.summary": "new",
        "ids": "not_float",
    }
    assert all(row["norm"] is None for name, row in found.items() if name != q)
    assert found["model.value_head.summary"]["base_tensor"] is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.layers.0.mlp.up_proj.weight", "model.language_model.layers.0.mlp.up_proj.weight"),
        ("transformer.h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.weight"),
        ("model.layers.0.mlp.up_proj.weight", "actor.model.layers.0.mlp.up_proj.weight"),
    ],
)
def test_a_renamed_tensor_is_found_and_both_names_are_given(write, old, new):
    other_old, other_new = (name.replace("up_proj", "down_proj").replace("c_fc", "c_proj") for name in (old, new))
    base = write("base", {old: normal(8, 4), other_old: normal(4, 8)})
    found = stats(base, write("tuned", {new: normal(8, 4), other_new: normal(4, 8)}))
    assert found[new]["base_tensor"] == old
    assert found[other_new]["base_tensor"] == other_old
    assert found[new]["relative_norm"] == 0.0


def test_stacked_experts_are_matrices_of_their_own(write):
    name = "model.layers.0.mlp.experts.gate_up_proj"
    base = normal(3, 20, 8)
    tuned = base.clone()
    tuned[1] *= 1.5
    found = stats(write("base", {name: base}), write("tuned", {name: tuned}))
    assert [found[f"{name}[{part}]"]["relative_norm"] for part in range(3)] == [0.0, pytest.approx(0.5), 0.0]
    row = found[f"{name}[1]"]
    assert (row["shape"], row["elements"], row["component"]) == ([20, 8], 160, "mlp_gate_up")
    expected = torch.linalg.svdvals(tuned[1].double())[0].item()
    assert row["spectral_norm"] == pytest.approx(expected, rel=1e-12)


def test_another_depth_is_another_model(write):
    base = write("base", {f"model.layers.{layer}.mlp.up_proj.weight": normal(4, 4) for layer in range(3)})
    tuned = write("tuned", {f"model.layers.{layer}.mlp.up_proj.weight": normal(4, 4) for layer in range(2)})
    with pytest.raises(CheckpointError, match=r"has 2 layers, but the base .* has 3(.|\n)*Remedy"):
        parameter_stats(base, tuned, model="m", step=1)


def test_the_rows_do_not_depend_on_the_number_of_workers(write):
    names = [f"model.layers.{layer}.mlp.up_proj.weight" for layer in range(6)]
    base = write("base", {name: normal(90, 60, seed=seed) for seed, name in enumerate(names)})
    tuned = write("tuned", {name: normal(90, 60, seed=seed + 9) for seed, name in enumerate(names)})
    one, four = (parameter_stats(base, tuned, model="m", step=1, workers=workers) for workers in (1, 4))
    assert one.equals(four, null_equal=True)
    assert one.height == 6
    assert isinstance(one["relative_norm"], pl.Series)
