import pytest

from skillprobe_core.runs.tensor_names import is_constant, is_side_head, match_names, plain_name

LAYER = "model.layers.3.self_attn.q_proj.weight"


@pytest.mark.parametrize("wrapped", ["module.", "_orig_mod.", "module._orig_mod.", "_fsdp_wrapped_module.module."])
def test_what_wrappers_put_in_front_is_no_part_of_a_name(wrapped):
    assert plain_name(wrapped + LAYER) == plain_name(LAYER) == LAYER
    assert plain_name("model.module.weight") == "model.module.weight"
    assert match_names([LAYER], [wrapped + LAYER]) == {wrapped + LAYER: LAYER}
    assert match_names([wrapped + LAYER], [LAYER]) == {LAYER: wrapped + LAYER}


def test_another_beginning_is_the_same_tensor():
    """GPT-2 is published as `wte.weight` and saved as `transformer.wte.weight`."""
    published = ["wte.weight", "h.0.attn.c_attn.weight", "h.1.attn.c_attn.weight", "ln_f.bias"]
    saved = [f"transformer.{name}" for name in published]
    assert match_names(published, saved) == dict(zip(saved, published, strict=True))


def test_an_ending_that_two_tensors_share_matches_neither():
    base = ["encoder.layers.0.mlp.weight", "decoder.layers.0.mlp.weight"]
    assert match_names(base, ["layers.0.mlp.weight"]) == {}


def test_every_tensor_of_the_base_is_matched_once():
    assert match_names(["a.b.weight"], ["x.a.b.weight", "y.a.b.weight"]) == {"x.a.b.weight": "a.b.weight"}


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
def test_constants_are_told_from_biases(name, constant):
    assert is_constant(name) is constant


def test_a_value_head_is_told_from_the_output_head():
    assert is_side_head("v_head.summary.weight")
    assert is_side_head("module.v_head.summary.bias")
    assert not is_side_head("lm_head.weight")
    assert not is_side_head("model.layers.0.mlp.score.weight")
