"""Pairs by canonical names, from headers alone."""

import json

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.logical_tensors import ModelTensors
from skillprobe_core.runs.tensor_pairs import pairs_of
from skillprobe_core.runs.weights import open_weights

UP, EMBEDDING, HEAD = "model.layers.0.mlp.up_proj.weight", "model.embed_tokens.weight", "lm_head.weight"


@pytest.fixture
def stored(tmp_path_factory):
    def write(shapes, vocabulary=None, dtypes=None, **config):
        folder = tmp_path_factory.mktemp("model")
        tensors = {name: torch.ones(shape, dtype=(dtypes or {}).get(name)) for name, shape in shapes.items()}
        save_file(tensors, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(config))
        if vocabulary is not None:
            tokens = {"model": {"vocab": {token: number for number, token in enumerate(vocabulary)}}}
            (folder / "tokenizer.json").write_text(json.dumps(tokens))
        return ModelTensors.of(open_weights(folder))

    return write


def found(base, checkpoint):
    return {pair.label: (pair.status, pair.base_label, list(pair.shape)) for pair in pairs_of(base, checkpoint)}


def test_statuses_of_single_tensors(stored):
    old = stored(
        {UP: (8, 8), "model.a.weight": (2,), "model.c.weight": (3, 3), "model.ids": (4,)},
        dtypes={"model.ids": torch.int64},
    )
    new = stored(
        {UP: (8, 8), "model.b.weight": (2,), "model.c.weight": (3, 4), "model.ids": (4,)},
        dtypes={"model.ids": torch.int64},
    )
    assert found(old, new) == {
        UP: ("compared", UP, [8, 8]),
        "model.a.weight": ("missing", "model.a.weight", [2]),
        "model.b.weight": ("new", None, [2]),
        "model.c.weight": ("reshaped", "model.c.weight", [3, 4]),
        "model.ids": ("not_float", "model.ids", [4]),
    }


def test_rows_of_shared_tokens_and_of_those_that_one_side_lacks(stored):
    old = stored({UP: (8, 8), EMBEDDING: (4, 3), HEAD: (4, 3)}, "abcd", tie_word_embeddings=False)
    new = stored({UP: (8, 8), EMBEDDING: (6, 3), HEAD: (6, 3)}, "abxc", tie_word_embeddings=False)
    pairs = {pair.label: pair for pair in pairs_of(old, new)}
    for name in (EMBEDDING, HEAD):
        assert (pairs[name].base.part.rows, pairs[name].tensor.part.rows) == (range(3), (0, 1, 3))
        assert pairs[f"{name}[missing rows]"].base.part.rows == range(3, 4)
        assert pairs[f"{name}[new rows]"].tensor.part.rows == (2, 4, 5)


def test_a_head_that_was_untied_is_compared_with_the_embedding(stored):
    tied = stored({UP: (8, 8), EMBEDDING: (4, 3)}, tie_word_embeddings=True)
    untied = stored({UP: (8, 8), EMBEDDING: (4, 3), HEAD: (4, 3)}, tie_word_embeddings=False)
    assert found(tied, untied)[HEAD] == ("compared", EMBEDDING, [4, 3])
    assert found(untied, tied)[HEAD] == ("tied", HEAD, [4, 3])
    assert found(tied, tied)[HEAD] == ("tied", None, [])


def test_only_what_the_language_models_share_counts(stored):
    tower = {f"model.visual.blocks.{number}.mlp.weight": (50, 50) for number in range(4)}
    text, both = {UP: (8, 8)}, {UP: (8, 8)} | tower
    assert {status for status, _, _ in found(stored(both), stored(text)).values()} == {"compared", "missing"}
    assert {status for status, _, _ in found(stored(text), stored(both)).values()} == {"compared", "new"}


@pytest.mark.parametrize("other", [7, 9])
def test_less_than_half_in_common_is_refused(stored, other):
    enough = {f"model.layers.0.mlp.{name}.weight": (8, 8) for name in ("a", "b")}
    rest = {"model.layers.0.mlp.c.weight": (8, other * 2)}
    small, large = stored(enough), stored(enough | rest)
    for old, new in ((small, large), (large, small)):
        if other == 7:
            assert len(pairs_of(old, new)) == 3
        else:
            with pytest.raises(CheckpointError, match=r"only 47% of the parameters (.|\n)*c\.weight"):
                pairs_of(old, new)


def test_models_without_anything_in_common_are_refused(stored):
    with pytest.raises(CheckpointError, match=r"only 0% of the parameters(.|\n)*--base FOLDER"):
        pairs_of(stored({UP: (8, 8)}), stored({"model.layers.0.mlp.other.weight": (8, 8)}))
