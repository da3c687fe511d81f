"""The weights of a stored model by their canonical names."""

import json

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.runs.logical_tensors import ModelTensors, layer_count, logical_tensors, raw_config, text_config
from skillprobe_core.runs.weights import open_weights

EMBEDDING = "model.language_model.embed_tokens.weight"


@pytest.fixture
def stored(tmp_path):
    def write(tensors, **config):
        save_file({name: torch.ones(shape) for name, shape in tensors.items()}, tmp_path / "model.safetensors")
        (tmp_path / "config.json").write_text(json.dumps(config))
        return open_weights(tmp_path)

    return write


def test_the_configuration_of_the_language_model_may_be_a_part(stored):
    weights = stored({EMBEDDING: (4, 3)}, thinker_config={"text_config": {"num_hidden_layers": 2}})
    assert text_config(raw_config(weights)) == {"num_hidden_layers": 2}
    assert layer_count(raw_config(weights)) == 2
    assert layer_count({"n_layer": 5}) == 5
    assert layer_count({}) is None
    (weights.folder / "config.json").write_text("{")
    assert raw_config(weights) == {}


def test_names_places_and_layers_are_found_from_all_names(stored):
    shapes = {
        EMBEDDING: (4, 3),
        "model.language_model.layers.0.mlp.up_proj.weight": (6, 3),
        "model.language_model.layers.1.mlp.up_proj.weight": (6, 3),
        "model.language_model.layers.0.self_attn.rotary_emb.inv_freq": (3,),
        "model.visual.blocks.0.mlp.weight": (3, 3),
    }
    found = logical_tensors(stored(shapes, text_config={"num_hidden_layers": 1}))
    assert {key: (each.place, each.layer) for key, each in found.items()} == {
        "embed_tokens.weight": ("text", None),
        "layers.0.mlp.up_proj.weight": ("text", 0),
        "layers.1.mlp.up_proj.weight": ("prediction", None),
        "visual.blocks.0.mlp.weight": ("tower", None),
    }
    assert found["embed_tokens.weight"].name == EMBEDDING
    assert found["embed_tokens.weight"].elements == 12


def test_a_tied_head_has_the_canonical_name_of_its_embedding(stored):
    model = ModelTensors.of(stored({EMBEDDING: (4, 3)}, tie_word_embeddings=True))
    assert model.tied == {"lm_head.weight": "embed_tokens.weight"}


def test_alternating_projections_are_known_from_the_configuration(stored):
    shapes = {"model.layers.0.mlp.experts.gate_up_proj": (2, 3, 8), "model.layers.0.mlp.experts.down_proj": (2, 4, 3)}
    found = logical_tensors(stored(shapes, model_type="gpt_oss"))
    assert [each.interleaved for each in found.values()] == [False, True]
    assert not any(each.interleaved for each in logical_tensors(stored(shapes, model_type="qwen3_moe")).values())


@pytest.mark.parametrize(("name", "key"), [("input_linear", "gate_up_proj"), ("output_linear", "down_proj")])
def test_granites_stacks_have_the_usual_names(stored, name, key):
    found = logical_tensors(stored({f"model.layers.0.block_sparse_moe.{name}.weight": (2, 6, 3)}))
    assert list(found) == [f"layers.0.mlp.experts.{key}"]
    flat = logical_tensors(stored({f"model.layers.0.block_sparse_moe.{name}.weight": (6, 3)}))
    assert list(flat) == [f"layers.0.mlp.{name}.weight"]
