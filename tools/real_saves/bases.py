"""The base of the recorded runs: a Llama of two layers with known weights."""

from __future__ import annotations

from pathlib import Path

from .known_weights import fill

SIZES = {
    "vocab_size": 64, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": 64, "bos_token_id": 0, "eos_token_id": 1,
    "pad_token_id": 1, "tie_word_embeddings": False,
}  # fmt: skip


def write_model(folder: Path, step: int) -> Path:
    """Write the model at a step with `save_pretrained`, in float32, without a tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(LlamaConfig(**SIZES))
    fill(model, step)
    model.save_pretrained(folder)
    return folder


def write_base(folder: Path) -> Path:
    """Write the model at step 0 with a tokenizer of one word per token."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    write_model(folder, 0)
    words = Tokenizer(WordLevel({"<s>": 0, "</s>": 1} | {f"w{number}": number for number in range(2, 64)}, "</s>"))
    words.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<s>", eos_token="</s>", unk_token="</s>", pad_token="</s>"
    ).save_pretrained(folder)
    return folder
