"""Tiny models with random weights of any architecture that transformers has."""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    CONFIG_MAPPING,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    GenerationConfig,
    PreTrainedModel,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
)

from .family_sizes import FAMILIES, SIZES

VOCABULARY = 264


def architectures() -> list[str]:
    """Model types with a causal language model or a model of images and text, in alphabetical order."""
    return sorted({*MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES})


def class_name(model_type: str) -> str:
    """The class that generates text for a model type."""
    name = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(model_type) or MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES[model_type]
    return name if isinstance(name, str) else str(name[0])


def tiny_model(model_type: str, seed: int = 0) -> PreTrainedModel:
    """A model of this type with at most a few layers of small width, its weights large enough for distinct logits."""
    config = tiny_config(model_type)
    causal = model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    auto = AutoModelForCausalLM if causal else AutoModelForImageTextToText
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = auto.from_config(config).float().eval()
    # A class's own defaults may force tokens; the comparison is with plain greedy decoding.
    model.generation_config = GenerationConfig(bos_token_id=0, pad_token_id=1, eos_token_id=2)
    spread(model, seed)
    return model


def tiny_config(model_type: str) -> Any:  # noqa: ANN401
    """A small configuration: known sizes are replaced wherever the default configuration has them."""
    config_class = CONFIG_MAPPING[model_type]
    return config_class(**_small(config_class, FAMILIES.get(model_type, {})))


@torch.no_grad()
def spread(model: PreTrainedModel, seed: int, size: float = 0.3) -> None:
    """Draw all matrices from a normal distribution of one width, since classes start with different ones."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            scale = size if parameter.dim() == 2 else size / 2
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale)


@torch.no_grad()
def moved(model: PreTrainedModel, other: PreTrainedModel, size: float = 0.1, seed: int = 1) -> PreTrainedModel:
    """Give `other` the weights of `model`, each moved by a share of its spread."""
    other.load_state_dict(model.state_dict())
    generator = torch.Generator().manual_seed(seed)
    for parameter in other.parameters():
        step = parameter.std(correction=0) if parameter.numel() > 1 else parameter.abs().sum()
        parameter.add_(torch.randn(parameter.shape, generator=generator) * size * step)
    return other


def _small(config_class: Any, changes: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Arguments of a configuration class for a small model; `changes` are those of the family."""
    default = config_class()
    named = default.to_dict()
    found: dict[str, Any] = {
        name: SIZES[name]
        for name in named
        if name in SIZES and named[name] is not None and isinstance(named[name], list) == isinstance(SIZES[name], list)
    }
    for name, inner in vars(default).items():
        if name not in found and hasattr(inner, "to_dict") and hasattr(inner, "model_type"):
            found[name] = {"model_type": inner.model_type} | _small(type(inner), changes.get(name, {}))
    rope = named.get("rope_parameters")
    if isinstance(rope, dict) and "mrope_section" in rope:
        found["rope_parameters"] = rope | {"mrope_section": [2, 1, 1]}
    own = {name: value for name, value in changes.items() if name not in found or not isinstance(value, dict)}
    if "kv_lora_rank" in found and "num_key_value_heads" in found:  # latent attention has keys for every head
        found["num_key_value_heads"] = found["num_attention_heads"]
    return found | own
