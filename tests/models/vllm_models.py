"""Small real models that vLLM runs on a CPU, whose kernels need heads of 32."""

import shutil
from pathlib import Path

import polars as pl
import torch

from skillprobe_core.measurements.generations.generate_rows import requests_for
from skillprobe_core.models.backend import Backend, Completion, SamplingSettings

GREEDY = SamplingSettings(max_new_tokens=12)


def write_model(base: Path, folder: Path, seed: int = 1, *, tied: bool = True) -> Path:
    """A Qwen2 of two layers with the tokenizer of `base`, and weights far from zero."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    shutil.copytree(base, folder)
    config = Qwen2Config.from_pretrained(folder)
    config.hidden_size, config.initializer_range, config.tie_word_embeddings = 64, 0.2, tied
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


def items(number: int = 8, start: str = "") -> pl.DataFrame:
    """Questions of different lengths with a common start."""
    prompts = [f"{start}{n} + 2" + "?" * n for n in range(number)]
    return pl.DataFrame({"item_id": [f"{n}" for n in range(number)], "prompt": prompts})


def rows(backend: Backend, settings: SamplingSettings = GREEDY, start: str = "") -> dict[tuple[str, int], Completion]:
    """The completions of the questions, by item and sample."""
    requests = requests_for(items(start=start), backend.tokenizer, settings)
    return {(each.item_id, each.sample): each for each in backend.complete(requests, settings)}


def write_multimodal_model(base: Path, folder: Path) -> Path:
    """A SmolVLM with a vision tower, and without the files of an image processor."""
    from transformers import AutoTokenizer, SmolVLMConfig, SmolVLMForConditionalGeneration

    tokenizer = AutoTokenizer.from_pretrained(base)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    text = {
        "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 32, "intermediate_size": 64, "vocab_size": len(tokenizer),
        "max_position_embeddings": 512, "bos_token_id": None, **ends,
    }  # fmt: skip
    vision = {
        "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
        "image_size": 28, "patch_size": 14,
    }  # fmt: skip
    config = SmolVLMConfig(
        text_config=text, vision_config=vision, image_token_id=7, pad_token_id=tokenizer.pad_token_id, scale_factor=2
    )
    model = SmolVLMForConditionalGeneration(config)
    drawn = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.copy_(0.2 * torch.randn(parameter.shape, generator=drawn))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
