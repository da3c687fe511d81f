import pytest

from skillprobe_core.measurements.parameters.tensor_components import component_of, layer_of


@pytest.mark.parametrize(
    ("name", "component", "layer"),
    [
        ("model.embed_tokens.weight", "embedding", None),
        ("model.layers.0.self_attn.q_proj.weight", "attention_q", 0),
        ("model.layers.12.self_attn.k_proj.bias", "attention_k", 12),
        ("model.layers.3.self_attn.v_proj.weight", "attention_v", 3),
        ("model.layers.3.self_attn.o_proj.weight", "attention_o", 3),
        ("model.layers.3.self_attn.q_norm.weight", "norm", 3),
        ("model.layers.3.mlp.gate_proj.weight", "mlp_gate", 3),
        ("model.layers.3.mlp.up_proj.weight", "mlp_up", 3),
        ("model.layers.3.mlp.down_proj.weight", "mlp_down", 3),
        ("model.layers.3.input_layernorm.weight", "norm", 3),
        ("model.norm.weight", "norm", None),
        ("lm_head.weight", "head", None),
        ("model.layers.5.mlp.gate.weight", "router", 5),
        ("model.layers.5.mlp.experts.7.down_proj.weight", "mlp_down", 5),
        ("model.layers.5.mlp.experts.gate_up_proj", "mlp_gate_up", 5),
        ("model.layers.5.block_sparse_moe.gate.weight", "router", 5),
        ("model.layers.5.block_sparse_moe.experts.0.w2.weight", "mlp_down", 5),
        ("model.layers.1.self_attn.qkv_proj.weight", "attention_qkv", 1),
        ("model.layers.1.mlp.gate_up_proj.weight", "mlp_gate_up", 1),
        ("model.layers.1.self_attn.kv_b_proj.weight", "attention_kv", 1),
        ("transformer.wte.weight", "embedding", None),
        ("transformer.wpe.weight", "embedding", None),
        ("transformer.h.4.ln_1.weight", "norm", 4),
        ("transformer.h.4.attn.c_attn.weight", "attention_qkv", 4),
        ("transformer.h.4.attn.c_proj.weight", "attention_o", 4),
        ("transformer.h.4.mlp.c_fc.weight", "mlp_up", 4),
        ("transformer.h.4.mlp.c_proj.weight", "mlp_down", 4),
        ("transformer.ln_f.weight", "norm", None),
        ("gpt_neox.embed_in.weight", "embedding", None),
        ("gpt_neox.layers.2.attention.query_key_value.weight", "attention_qkv", 2),
        ("gpt_neox.layers.2.attention.dense.weight", "attention_o", 2),
        ("gpt_neox.layers.2.mlp.dense_h_to_4h.weight", "mlp_up", 2),
        ("gpt_neox.layers.2.mlp.dense_4h_to_h.bias", "mlp_down", 2),
        ("embed_out.weight", "head", None),
        ("model.decoder.layers.6.fc1.weight", "mlp_up", 6),
        ("model.decoder.layers.6.self_attn.out_proj.weight", "attention_o", 6),
        ("something.unheard.of", "other", None),
    ],
)
def test_names_of_known_families(name, component, layer):
    assert (component_of(name), layer_of(name)) == (component, layer)
