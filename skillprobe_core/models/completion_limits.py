"""Limits of a completion: the tokens that end it, and the room left by its prompt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from transformers import AutoConfig, GenerationConfig, PretrainedConfig, PreTrainedTokenizerBase

from skillprobe_core.errors import SettingsError
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.model_files import ModelLike, as_files

from .backend import Request, SamplingSettings


def end_ids(*holders: object) -> frozenset[int]:
    """Every token that ends a completion: the `eos_token_id` (one or several) of each object that has one."""
    found: set[int] = set()
    for holder in holders:
        ids = getattr(holder, "eos_token_id", None)
        if ids is not None:
            found.update([ids] if isinstance(ids, int) else ids)
    return frozenset(found)


def limits_of(model: ModelLike, tokenizer: PreTrainedTokenizerBase) -> tuple[frozenset[int], int | None]:
    """End tokens and context length of a checkpoint's model, without loading the model."""
    folder = as_files(base_of(model) if is_adapter(model) else model).config
    text = _text_config(folder)
    holders: list[object] = [text, tokenizer]
    if (folder / "generation_config.json").exists():
        holders.append(GenerationConfig.from_pretrained(folder, local_files_only=True))
    return end_ids(*holders), context_length(text)


def shorter_context(*models: ModelLike) -> int | None:
    """Most tokens that each of these models takes, by their configs; None if none states a limit."""
    configs = [_text_config(as_files(base_of(each) if is_adapter(each) else each).config) for each in models]
    lengths = [context_length(config) for config in configs]
    return min((length for length in lengths if length is not None), default=None)


def context_length(config: PretrainedConfig) -> int | None:
    """Most tokens that a model takes, by the configuration of its text part; None if it states no limit.

    The tables of RoBERTa and its successors have rows for padding, which come before that of the first token.
    """
    rows: int | None = getattr(config, "max_position_embeddings", None)
    if rows is None or config.model_type not in _AFTER_PADDING:
        return rows
    return rows - (getattr(config, "pad_token_id", None) or 0) - 1


_AFTER_PADDING = frozenset(
    ("camembert", "data2vec-text", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod")
)
"""Model types whose first position is the id of the padding token plus one."""


def _text_config(folder: Path) -> PretrainedConfig:
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    text: PretrainedConfig = config.get_text_config(decoder=True)
    return text


def split_by_room(
    requests: Sequence[Request], positions: int | None, *, some_must_fit: bool = True
) -> tuple[list[Request], list[Request]]:
    """The requests whose prompts leave room for an answer in the model's `positions`, and those that do not.

    If `some_must_fit` and no prompt does, all are in the first list: a backend raises its error for them, since nothing
    can be measured.
    """
    if positions is None or (some_must_fit and all(len(each.prompt_ids) >= positions for each in requests)):
        return list(requests), []
    fitting = [each for each in requests if len(each.prompt_ids) < positions]
    return fitting, [each for each in requests if len(each.prompt_ids) >= positions]


def longest(requests: Sequence[Request], settings: SamplingSettings) -> int | None:
    """Most tokens of a prompt together with its completion; None without requests."""
    lengths = (len(each.prompt_ids) + settings.limit_of(each.reference_tokens) for each in requests)
    return max(lengths, default=None)


def token_limit(request: Request, settings: SamplingSettings, positions: int | None, path: object) -> int:
    """Most tokens that a completion may have: that of the settings, or less if the model's `positions` run out first.

    Raises SettingsError for an empty prompt and for one that leaves no room.
    """
    if not request.prompt_ids:
        raise SettingsError(
            f"item {request.item_id} has an empty prompt",
            remedy="remove the item, or write its prompt; if the prompt has text, the checkpoint's tokenizer drops it: "
            "copy the base model's tokenizer files into the checkpoint folder",
        )
    limit = settings.limit_of(request.reference_tokens)
    if positions is None:
        return limit
    room = positions - len(request.prompt_ids)
    if room < 1:
        raise SettingsError(
            f"the prompt of item {request.item_id} has {len(request.prompt_ids)} tokens, which leaves no room for an "
            f"answer in the model's {positions}",
            remedy="use lower `levels` under [items] or fewer `shots` under [prompts] in skillprobe.toml, or evaluate "
            "a model with a longer context",
            path=str(path),
        )
    return min(limit, room)
