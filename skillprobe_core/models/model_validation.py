"""Checks that a checkpoint can be evaluated and compared with its base: one clear error for each fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from skillprobe_core.errors import CheckpointError, NotComparableError
from skillprobe_core.runs.adapter_update import read_update
from skillprobe_core.runs.adapters import adapter_config, base_of, is_adapter
from skillprobe_core.runs.bounded_files import read_object
from skillprobe_core.runs.config_fields import check_sizes, check_types
from skillprobe_core.runs.identity import contents
from skillprobe_core.runs.logical_tensors import ModelTensors
from skillprobe_core.runs.model_config import architecture, read_config
from skillprobe_core.runs.model_files import ModelFiles, ModelLike, as_files
from skillprobe_core.runs.tensor_names import is_constant
from skillprobe_core.runs.tensor_pairs import pairs_of
from skillprobe_core.runs.weight_bytes import first_not_finite
from skillprobe_core.runs.weights import Weights, open_weights

from .tokenizer_loading import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase
    from transformers.models.auto.auto_factory import _BaseAutoModelClass

    from skillprobe_core.runs.identity_records import IdentityRecords

SAME_TOKENS = 0.5
"""The share of the base's tokens that a checkpoint must have: in its tokenizer, under the same ids, and as logits."""

_CLASSIFIER = re.compile(r"For\w*(Classification|QuestionAnswering)$")

_VOCABULARIES = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt", "tekken.json")


def validate(model: ModelLike) -> None:
    """Raise CheckpointError unless the files are those of a causal language model that can be loaded.

    Checked: config.json, an architecture that transformers can generate with (code in the checkpoint is never run),
    complete safetensors weights, a tokenizer. Weights are not read.
    """
    files = as_files(model)
    if is_adapter(files):
        validate(base_of(files))
        adapter_config(files)
        _check_not_empty(open_weights(files))
        return
    auto_class(files)
    weights = open_weights(files)
    check_sizes(read_config(files), weights, files.config / "config.json")
    if (settings := files.config / "generation_config.json").exists():
        check_types(read_object(settings), settings)
    _check_not_empty(weights)
    folder = files.tokenizer
    if not any((folder / name).exists() for name in _VOCABULARIES) and not list(folder.glob("*.tiktoken")):
        raise CheckpointError(
            "the folder has no tokenizer",
            remedy="copy the base model's tokenizer files into the folder; with processing_class=tokenizer the trainer "
            "saves them by itself",
            path=folder,
        )


def comparable_tokenizers(model: ModelLike, base: ModelLike) -> tuple[PreTrainedTokenizerBase, PreTrainedTokenizerBase]:
    """Load the tokenizers of a model and its base, of whose tokens at least half must keep their ids.

    Tokens that one side adds, renames or lacks are allowed: weights and output distributions are compared by token.

    Args:
        model: The checkpoint.
        base: Its base.

    Returns:
        The tokenizer of the checkpoint and that of the base.

    Raises:
        NotComparableError: More tokens have another id; it names the first one.
        CheckpointError: A tokenizer cannot be loaded.
    """
    tokenizers = load_tokenizer(model), load_tokenizer(base)
    own, of_base = (_tokens(each) for each in tokenizers)
    kept = sum(own.get(number) == token for number, token in of_base.items())
    if kept >= SAME_TOKENS * len(of_base):
        return tokenizers
    number = min(number for number in own.keys() | of_base.keys() if own.get(number) != of_base.get(number))
    raise NotComparableError(
        f"the tokenizer is not the base's ({as_files(base).path}): {kept} of its {len(of_base)} tokens "
        f"({kept / len(of_base):.1%}, at least {SAME_TOKENS:.0%} are needed) have the same id; token "
        f"{number} is {_shown(own.get(number))} here and {_shown(of_base.get(number))} in the base",
        remedy="give the base that this model was trained from, or copy the tokenizer files that it was "
        "trained with into the folder",
        path=as_files(model).path,
    )


def comparable_weights(model: ModelLike, base: ModelLike) -> None:
    """Raise CheckpointError unless at least half of the language model's parameters can be compared with the base's.

    An adapter has to fit its base. For whole models only headers are read. See `pairs_of` for the matching.
    """
    own, of_base = open_weights(model), open_weights(base)
    if is_adapter(model):
        read_update(of_base, own)
    else:
        pairs_of(ModelTensors.of(of_base), ModelTensors.of(own))


def all_finite(model: ModelLike, records: IdentityRecords | None = None) -> None:
    """Raise CheckpointError, naming the first tensor with a NaN or infinite weight.

    Reads every weight once, or none where `records` hold what an earlier read found.
    """
    found = first_not_finite(open_weights(model)) if records is None else contents(model, records).not_finite
    if found is not None:
        raise found.error()


def _check_not_empty(weights: Weights) -> None:
    for name, info in weights.items():
        if info.elements == 0 and not is_constant(name):
            raise CheckpointError(
                f"tensor {name!r} is empty (shape {list(info.shape)}), as DeepSpeed ZeRO-3 leaves it",
                remedy="join the shards with the script that DeepSpeed writes into the checkpoint folder, `python "
                "zero_to_fp32.py . OUT --safe_serialization`, copy config.json and the tokenizer files to OUT and "
                "evaluate OUT; or train with stage3_gather_16bit_weights_on_model_save = true",
                path=info.file,
            )


def auto_class(files: ModelFiles) -> type[_BaseAutoModelClass | PreTrainedModel]:
    """The class of transformers that loads the model: multimodal ones without a text class load with their towers.

    A text part that was saved alone may have a model type of its own, and is found by its architecture. Raises
    CheckpointError, naming the architecture, if there is none.
    """
    import transformers
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    )

    config = read_config(files)
    model_type = config.get("model_type")
    if _CLASSIFIER.search(architecture(config)):
        raise CheckpointError(
            f"{architecture(config)} is a classifier, not a language model",
            remedy="evaluate a model that was saved with its language model head (AutoModelForCausalLM)",
            path=files.config / "config.json",
        )
    if not config.get("is_encoder_decoder"):
        if model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
            found: type[_BaseAutoModelClass | PreTrainedModel] = AutoModelForCausalLM
            return found
        if model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
            found = AutoModelForImageTextToText
            return found
        if architecture(config) in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values() and not config.get("auto_map"):
            found = getattr(transformers, architecture(config))
            return found
    named = f"{architecture(config) or 'none'} (model_type {model_type!r})"
    if config.get("auto_map"):
        raise CheckpointError(
            f"the architecture {named} needs code from the checkpoint, which is never run",
            remedy="use a model whose architecture is part of transformers",
            path=files.config / "config.json",
        )
    raise CheckpointError(
        f"transformers has no causal language model for the architecture {named}",
        remedy="use a decoder-only language model, or upgrade transformers (pip install -U transformers)",
        path=files.config / "config.json",
    )


def _tokens(tokenizer: PreTrainedTokenizerBase) -> dict[int, str]:
    return {number: token for token, number in tokenizer.get_vocab().items()}


def _shown(token: str | None) -> str:
    return "missing" if token is None else repr(token)
