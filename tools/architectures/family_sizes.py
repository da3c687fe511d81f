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
_VISION: Final = {
    "model_type": "siglip_vision_model", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "image_size": 16, "patch_size": 8, "model_args": {"embed_dim": 32},
}  # fmt: skip
"""A vision tower for the families whose own needs the package timm. It takes no part in text."""
_SMALL_CODES: Final = {"base_channels": 32, "channel_multiplier": [1, 1], "num_embeddings": 16, "latent_channels": 32}
_NOTE: Final = {
    "layer_types": ["indexed_attention", "sliding_attention"] * 2, "sliding_window": 12, "swa_num_attention_heads": 4,
    "swa_num_key_value_heads": 4, "swa_q_lora_rank": 16, "swa_kv_lora_rank": 16, "swa_head_dim": 16,
    "swa_qk_nope_head_dim": 8, "swa_v_head_dim": 8,
}  # fmt: skip
_EXPERIMENT: Final = {
    "ngram_vocab_size_base": 64, "make_ngram_vocab_size_divisible_by": 8, "split_ngram_parts": 2, "hc_lowrank": 8,
    "heads_per_ngram": 2, "indexer_n_heads": 2, "indexer_kv_heads": 1, "indexer_head_dim": 8, "indexer_budget": 64,
    "indexer_compress_ratio": 4,
}  # fmt: skip
NOT_CHECKED: Final = {
    "evolla": "reads protein sequences",
    "gemma3n": "its vision tower needs the package timm; its language model is checked as `gemma3n_text`",
    "gemma4_assistant": "drafts tokens for another model from that model's states",
    "gemma4_unified_assistant": "drafts tokens for another model from that model's states",
    "musicgen": "generates audio codes",
    "musicgen_melody": "generates audio codes",
    "shieldgemma2": "classifies images; `ShieldGemma2ForImageClassification` is refused by name",
}
"""Types that are not built, with the reason."""
FAMILIES: Final[dict[str, dict[str, Any]]] = {
    "hunyuan_v1_dense": _HEAD,
    "hunyuan_v1_moe": _HEAD,
    "ministral": _HEAD,
    "nemotron": {"num_key_value_heads": 2},
    "mamba2": {"head_dim": 16},
    "fast_vlm": {"vision_config": _VISION},
    "perception_lm": {"vision_config": _VISION},
    "gpt_neo": {"attention_types": [[["global", "local"], 2]]},
    "granitemoehybrid": {"layer_types": ["mamba", "attention"] * 2},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "kimi_linear": {"layer_types": ["linear_attention", "full_attention"] * 2},
    "rwkv": {"attention_hidden_size": 32},
    "lfm2": {"layer_types": ["conv", "full_attention"] * 2},
    "lfm3": {"layer_types": ["conv", "full_attention"] * 2},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"] * 2},
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
    "zamba": {"num_hidden_layers": 6, "attn_layer_period": 3, "attn_layer_offset": 1},
    "cohere_compass_text": {
        "layer_types": ["full_attention"] * 4,
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 10_000.0}},
    },
    "deepseek_v2": {"num_experts_per_tok": 2},
    "bailing_hybrid": {"layer_group_size": 2},
    "bamba": {"attn_layer_indices": [1, 3]},
    "step3p7": {"text_config": {"sliding_window": 12}},
    "xmod": {"default_language": "en_XX"},
    # The sizes of its heads are rounded to multiples of 64, so narrower layers do not fit together.
    "xlstm": {"hidden_size": 128},
    # Its decoding with a cache accepts no other padding token.
    "prophetnet": {"pad_token_id": 0, "bos_token_id": 1},
    "blt": {
        "encoder_hash_byte_group_vocab": 64,
        "encoder_config": {"hidden_size_global": 32},
        "decoder_config": {"hidden_size_global": 32},
    },
    "chameleon": {"vocabulary_map": {"<image>": 3}, "vq_config": _SMALL_CODES},
    "cohere_compass": {
        "text_config": {
            "layer_types": ["full_attention"] * 4,
            "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 10_000.0}},
        }
    },
    "cpmant": {"prompt_types": 4},
    "dbrx": {"attn_config": {"rope_theta": 10_000.0, "clip_qkv": 8.0}},
    "deepseek_ocr2": {"text_config": {"mlp_layer_types": ["dense", *["sparse"] * 3], "num_experts_per_tok": 2}},
    "diffusion_gemma": {"text_config": {"num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 24}},
    "dots1": {"n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1},
    "dots3_note": {
        "text_config": _NOTE,
        "vision_config": {"adapter_in_dim": 32, "adapter_out_dim": 32, "mlp_layer_types": ["dense"] * 4},
        "audio_config": {"adapter_input_size": 32, "adapter_out_dim": 32},
    },
    "dots3_note_text": _NOTE,
    "ernie4_5_vl_moe": {
        "text_config": {"rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [1, 1, 2]}}
    },
    "florence2": {"vision_config": {"embed_dim": [16] * 4, "num_heads": [2] * 4, "num_groups": [2] * 4}},
    "glm5_next": {"text_config": {"qk_rope_head_dim": 0, "head_dim": 0}},
    "granite4_vision": {
        "deepstack_layer_map": [[0, 0]],
        "spatial_target_layers": [1, 2],
        "downsample_rate": "1/2",
        "vision_config": {"hidden_size": 64},
    },
    "hunyuan_vl": {
        "text_config": _HEAD
        | {"rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [1, 1, 1, 1]}}
    },
    "inkling2": {"vision_config": {"text_hidden_size": 32}},
    "janus": {"vq_config": _SMALL_CODES},
    "mistral4": {"num_key_value_heads": 4, "head_dim": 16},
    "molmo2": {"adapter_config": {"vision_feature_layer": [2, 1], "text_hidden_size": 32}},
    "nemotron_h_omni": {"vision_config": {"video_temporal_patch_size": 2}},
    "qwen4_exp": {"text_config": _EXPERIMENT},
    "qwen4_exp_text": _EXPERIMENT,
    "reformer": {
        "is_decoder": True,
        "axial_pos_embds": False,
        "attention_head_size": 8,
        "local_attn_chunk_length": 8,
        "lsh_attn_chunk_length": 8,
        "num_buckets": 4,
        "feed_forward_size": 48,
    },
    "zamba2": {"layers_block_type": ["linear_attention", "hybrid"] * 2, "n_mamba_heads": 4},
}
"""What single families need besides, by model type; inner dictionaries belong to inner configurations."""
