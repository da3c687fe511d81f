"""Sizes of tiny models: by the name of the setting, and what single families need besides."""

from __future__ import annotations

from typing import Any, Final

SIZES: Final[dict[str, Any]] = {
    "is_decoder": True,
    "vocab_size": 264, "hidden_size": 32, "n_embd": 32, "d_model": 32, "dim": 32, "embed_dim": 32,
    "word_embed_proj_dim": 32, "intermediate_size": 48, "ffn_dim": 48, "n_inner": 48, "ffn_hidden_size": 48,
    "d_ff": 48, "decoder_ffn_dim": 48, "encoder_ffn_dim": 48, "shared_intermediate_size": 48,
    "moe_intermediate_size": 24, "shared_expert_intermediate_size": 24, "moe_shared_expert_intermediate_size": 24,
    "mlp_dim": 48, "num_hidden_layers": 4, "n_layer": 4, "n_layers": 4, "num_layers": 4, "decoder_layers": 2,
    "encoder_layers": 2, "num_decoder_layers": 2, "num_encoder_layers": 2, "depth": 2, "num_attention_heads": 4,
    "n_head": 4, "n_heads": 4, "num_heads": 4, "decoder_attention_heads": 4, "encoder_attention_heads": 4,
    "num_key_value_heads": 2, "num_kv_heads": 2, "head_dim": 8, "max_position_embeddings": 256, "n_positions": 256,
    "n_ctx": 256, "max_seq_len": 256, "max_sequence_length": 256, "num_experts": 4, "num_local_experts": 4,
    "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_num_experts": 4, "moe_k": 2, "moe_topk": 2,
    "n_shared_experts": 1, "n_group": 1, "topk_group": 1, "num_expert_group": 1, "q_lora_rank": 16, "kv_lora_rank": 16,
    "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8, "qk_head_dim": 16, "index_n_heads": 2,
    "index_head_dim": 16, "index_topk": 64, "sliding_window": 12, "attention_window_size": 12, "window_size": 12,
    "local_attention": 12, "mamba_d_state": 8, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_n_heads": 4,
    "mamba_d_head": 16, "mamba_num_heads": 4, "mamba_head_dim": 16, "mamba_n_groups": 1, "mamba_chunk_size": 16,
    "mamba_dt_rank": 4, "state_size": 8, "ssm_state_size": 8, "chunk_size": 16, "n_groups": 1, "time_step_rank": 4,
    "mamba_d_ssm": 64, "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8,
    "linear_value_head_dim": 8, "linear_conv_kernel_dim": 4, "lru_width": 32, "bos_token_id": 0, "pad_token_id": 1,
    "eos_token_id": 2, "image_size": 16, "patch_size": 8, "out_hidden_size": 32, "num_channels": 3, "in_chans": 3,
    "vision_output_dim": 32, "projection_dim": 32, "image_token_id": 3, "image_token_index": 3, "video_token_id": 4,
    "video_token_index": 4, "vision_start_token_id": 5, "vision_end_token_id": 6, "audio_token_id": 7,
    "boi_token_id": 5, "eoi_token_id": 6, "boi_token_index": 5, "eoi_token_index": 6, "image_start_token_id": 5,
    "image_end_token_id": 6, "rotary_dim": 8, "hidden_size_per_layer_input": 8, "vocab_size_per_layer_input": 264,
    "laurel_rank": 8, "num_kv_shared_layers": 0, "num_experts_per_token": 2, "linear_head_dim": 8,
    "linear_num_heads": 4, "model_max_length": 256, "attention_hidden_size": 64, "attention_head_dim": 16,
    "n_mamba_heads": 2, "mamba_headdim": 16, "mamba_ngroups": 1, "expert_ffn_hidden_size": 24, "zero_expert_num": 2,
    "router_hidden_size": 16, "num_dense_layers": 1, "first_k_dense_replace": 1, "projector_hidden_size": 32,
    "projection_intermediate_size": 48, "moe_hidden_size": 24, "share_expert_dim": 24, "swa_num_attention_heads": 4,
    "swa_num_key_value_heads": 2, "swa_head_dim": 8, "conv_kernel_size": 4, "adapter_rank": 8,
    "hidden_sizes": [16, 16, 16, 32], "depths": [1, 1, 1, 1], "dim_model": 32, "num_buckets": 32, "dim_head": 8,
    "dim_ff": 48, "emb_dim": 32, "pronunciation_vocab_size": 40, "shape_vocab_size": 40, "enable_shape": False,
    "n_words": 264, "max_img_size": 32, "spatial_merge_size": 2, "bos_index": 0, "eos_index": 2, "pad_index": 1,
    "unk_index": 8, "mask_index": 9, "prompt_types": 2, "prompt_length": 2,
}  # fmt: skip
"""Values by the name of a setting, used in every configuration that has the setting."""

_HEAD: Final = {"head_dim": 8}
_SECTIONS: Final = {"rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 1, 1]}}
_IN_TEXT: Final = {"text_config": _SECTIONS}
_HALF: Final = {"rope_parameters": _SECTIONS["rope_parameters"] | {"partial_rotary_factor": 1.0}}
FAMILIES: Final[dict[str, dict[str, Any]]] = {
    "hunyuan_v1_dense": _HEAD,
    "hunyuan_v1_moe": _HEAD,
    "hunyuan_vl": {"text_config": _HEAD},
    "ministral": _HEAD,
    "nemotron": {"num_key_value_heads": 2},
    "mamba2": {"head_dim": 16},
    "gpt_neo": {"attention_types": [[["global", "local"], 2]]},
    "granitemoehybrid": {"layer_types": ["mamba", "attention"] * 2},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "kimi_linear": {"layer_types": ["linear_attention", "full_attention"] * 2},
    "rwkv": {"attention_hidden_size": 32},
    "lfm2": {"layer_types": ["conv", "full_attention"] * 2},
    "lfm3": {"layer_types": ["conv", "full_attention"] * 2},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"] * 2},
    "reformer": {"is_decoder": True},
    "qwen2_vl": _IN_TEXT,
    "qwen2_5_vl": _IN_TEXT,
    "qwen2_5_omni_thinker": _IN_TEXT | {"vision_start_token_id": 5},
    "qwen3_omni_moe_thinker": {"vision_start_token_id": 5},
    "paddleocr_vl": _IN_TEXT,
    "glm4v": {"text_config": _HALF},
    "glm46v": {"text_config": _HALF},
    "glmga": {"text_config": _HALF},
    "glm_ocr": {"text_config": _HALF},
    "glm4v_moe": {"text_config": _HALF},
    "zaya": {"num_experts_per_tok": 1},
    "zamba2": {"layers_block_type": ["linear_attention", "hybrid"] * 2},
    "zamba": {"num_hidden_layers": 6, "attn_layer_period": 3, "attn_layer_offset": 1},
    "cohere_compass_text": {
        "layer_types": ["full_attention"] * 4,
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 10_000.0}},
    },
    "deepseek_v2": {"num_experts_per_tok": 2},
    "mistral4": {"num_key_value_heads": 4},
    "bailing_hybrid": {"layer_group_size": 2},
    "bamba": {"attn_layer_indices": [1, 3]},
    "step3p7": {"text_config": {"sliding_window": 12}},
    "xmod": {"default_language": "en_XX"},
}
"""What single families need besides, by model type; inner dictionaries belong to inner configurations."""
