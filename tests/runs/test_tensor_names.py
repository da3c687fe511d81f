import re

import pytest

from skillprobe_core.runs.tensor_names import (
    canonical_names,
    is_constant,
    is_side_head,
    layer_of,
    plain_name,
    wrapper_patterns,
)

LAYER = "model.layers.3.self_attn.q_proj.weight"


def keys(*names, layers=None):
    return {name: each.key for name, each in canonical_names(names, layers).items()}


def places(*names, layers=None):
    return [each.place for each in canonical_names(names, layers).values()]


@pytest.mark.parametrize(
    "wrapped", ["module.", "_orig_mod.", "module._orig_mod.", "_fsdp_wrapped_module.module.", "pretrained_model."]
)
def test_wrappers_in_front_are_removed(wrapped):
    assert plain_name(wrapped + LAYER) == plain_name(LAYER) == LAYER
    assert plain_name("model.module.weight") == "model.module.weight"


@pytest.mark.parametrize("word", ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"])
@pytest.mark.parametrize("place", range(1, 6))
def test_wrappers_inside_are_removed(word, place):
    words = LAYER.split(".")
    assert plain_name(".".join([*words[:place], word, *words[place:]])) == LAYER
    assert plain_name("model.my_orig_mod.weight") == "model.my_orig_mod.weight"


@pytest.mark.parametrize(
    "name",
    [
        LAYER,
        f"module._orig_mod.{LAYER}",
        f"pretrained_model.module.{LAYER}",
        LAYER.replace("3.", "3._fsdp_wrapped_module._checkpoint_wrapped_module.").replace("q_", "_orig_mod.q_"),
    ],
)
def test_each_pattern_removes_one_wrapper(name):
    found = name
    patterns = wrapper_patterns([name, "v_head.summary.weight"])
    for pattern, other in patterns.items():
        match = re.search(pattern, found)
        found = found if match is None else found.replace(match.group(0), other, 1)
    assert found == LAYER
    assert (patterns == {}) is (name == LAYER)


@pytest.mark.parametrize(
    "front", ["", "model.", "transformer.", "model.language_model.", "language_model.model.", "actor.model.", "a.b.c."]
)
def test_words_in_front_of_the_layers_are_a_wrapper(front):
    """GPT-2 is published as `h.0...` and saved as `transformer.h.0...`."""
    names = ("layers.0.mlp.up_proj.weight", "layers.1.mlp.up_proj.weight", "embed_tokens.weight", "norm.weight")
    head = {"language_model.model.": "language_model.", "actor.model.": "actor."}.get(front, "") + "lm_head.weight"
    found = keys(*(front + name for name in names), head)
    assert list(found.values()) == [*names, "lm_head.weight"]


def test_other_towers_do_not_hide_the_language_model():
    text = ["model.language_model.layers.0.norm.weight", "model.language_model.norm.weight", "lm_head.weight"]
    vision = ["model.visual.blocks.0.norm.weight", "model.visual.norm.weight", "model.visual.merger.weight"]
    further = ["mtp.layers.0.norm.weight", "mtp.norm.weight"]
    assert places(*text, *vision, *further) == ["text"] * 3 + ["tower"] * 3 + ["prediction"] * 2
    found = keys(*text, *vision, *further)
    assert [found[name] for name in text] == ["layers.0.norm.weight", "norm.weight", "lm_head.weight"]
    assert len(set(found.values())) == 8


@pytest.mark.parametrize(
    "name",
    ["mtp.layers.0.mlp.weight", "model.mtp_layers.0.mlp.weight", "model.mtp_block.0.a.weight", "mtp_norm.weight"],
)
def test_further_heads_have_names_of_their_own(name):
    assert places(name, LAYER) == ["prediction", "text"]


def test_layers_behind_the_last_one_predict_further_tokens():
    names = [f"model.layers.{number}.mlp.up_proj.weight" for number in range(3)]
    assert places(*names, layers=2) == ["text", "text", "prediction"]
    assert places(*names) == ["text"] * 3


def test_two_stacks_of_layers_keep_their_names():
    names = ["encoder.layers.0.mlp.weight", "decoder.layers.0.mlp.weight", "shared.weight"]
    assert keys(*names) == dict(zip(names, names, strict=True))


def test_names_that_would_be_equal_stay_apart():
    found = keys("model.layers.0.mlp.gate.weight", "model.layers.0.mlp.router.weight")
    assert len(set(found.values())) == 2


def test_a_renamed_expert_block_is_the_same():
    old, new = "model.layers.4.block_sparse_moe.gate.weight", "model.layers.4.mlp.router.weight"
    assert keys(old)[old] == keys(new)[new]


@pytest.mark.parametrize(
    ("name", "layer"), [(LAYER, 3), ("transformer.h.11.ln_1.weight", 11), ("lm_head.weight", None)]
)
def test_the_layer_is_read_from_the_name(name, layer):
    assert layer_of(name) == layer


@pytest.mark.parametrize(
    ("name", "constant"),
    [
        ("model.layers.0.self_attn.rotary_emb.inv_freq", True),
        ("h.0.attn.bias", True),
        ("gpt_neox.layers.0.attention.masked_bias", True),
        ("h.0.attn.c_attn.bias", False),
        ("model.layers.0.self_attn.q_proj.bias", False),
    ],
)
def test_constants_are_distinguished_from_biases(name, constant):
    assert is_constant(name) is constant
    assert (places(name) == ["constant"]) is constant


def test_a_value_head_is_distinguished_from_the_output_head():
    assert is_side_head("v_head.summary.weight")
    assert is_side_head("module.v_head.summary.bias")
    assert not is_side_head("lm_head.weight")
    assert not is_side_head("model.layers.0.mlp.score.weight")
    assert places("v_head.summary.weight", LAYER) == ["side", "text"]
