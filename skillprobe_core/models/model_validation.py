"""Checks that a checkpoint can be evaluated and compared with its base: one clear error for each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.adapters import adapter_config, base_of, is_adapter, read_update
from skillprobe_core.runs.identity import contents
from skillprobe_core.runs.model_config import architecture, read_config
from skillprobe_core.runs.model_files import ModelFiles, ModelLike, as_files
from skillprobe_core.runs.tensor_names import is_constant, is_side_head, match_names, plain_name
from skillprobe_core.runs.weight_bytes import first_not_finite
from skillprobe_core.runs.weights import Weights, open_weights

from .tokenizer_loading import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from skillprobe_core.runs.identity_records import IdentityRecords

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
    config = read_config(files)
    _check_architecture(files, config)
    _check_not_empty(open_weights(files))
    folder = files.tokenizer
    if not any((folder / name).exists() for name in _VOCABULARIES) and not list(folder.glob("*.tiktoken")):
        raise CheckpointError(
            "the folder has no tokenizer",
            remedy="copy the base model's tokenizer files into the folder; with processing_class=tokenizer the trainer "
            "saves them by itself",
            path=folder,
        )


def same_tokenizer(model: ModelLike, base: ModelLike) -> None:
    """Raise CheckpointError, naming the first token that differs, unless both tokenizers give ids the same meaning."""
    ours, theirs = _tokens(load_tokenizer(model)), _tokens(load_tokenizer(base))
    for number in sorted(ours.keys() | theirs.keys()):
        if ours.get(number) != theirs.get(number):
            raise CheckpointError(
                f"the tokenizer differs from the base's ({as_files(base).path}): token {number} is "
                f"{_shown(ours.get(number))} here and {_shown(theirs.get(number))} in the base",
                remedy="give the base that this model was trained from, or copy the tokenizer files that it was "
                "trained with into the folder",
                path=as_files(model).path,
            )


def same_shapes(model: ModelLike, base: ModelLike) -> None:
    """Raise CheckpointError, naming the first tensor that differs, unless both hold tensors of the same shapes.

    An adapter has to fit its base. For whole models only headers are read. Wrapper prefixes of names are ignored, and
    so are an output head that one side ties to its embedding and the other stores, constants that only one side
    stores, and a value head that the trainer saved with the model.
    """
    ours, theirs = open_weights(model), open_weights(base)
    if is_adapter(model):
        read_update(theirs, ours)
        return
    matched = match_names(theirs, ours)
    here = {there: name for name, there in matched.items()}
    pairs: list[tuple[str | None, str | None]] = [
        (here.get(name, ours.tied.get(name)), name) for name in theirs if name in here or not is_constant(name)
    ]
    pairs += [
        (name, theirs.tied.get(plain_name(name)))
        for name in ours.keys() - matched.keys()
        if not is_constant(name) and not is_side_head(name)
    ]
    for name, there in sorted(pairs, key=lambda pair: pair[0] or pair[1] or ""):
        shape, in_base = _shape(ours, name), _shape(theirs, there)
        if shape != in_base:
            raise CheckpointError(
                f"tensor {name or there!r} has shape {_shown_shape(shape)}, but {_shown_shape(in_base)} in the base "
                f"({theirs.folder})",
                remedy="give the base that this model was trained from; if tensors are missing, save the whole model "
                "again",
                path=ours.folder,
            )


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
                remedy="run the zero_to_fp32.py that DeepSpeed writes into the checkpoint folder, or train with "
                "stage3_gather_16bit_weights_on_model_save = true",
                path=info.file,
            )


def _check_architecture(files: ModelFiles, config: dict[str, Any]) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    model_type = config.get("model_type")
    if model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and not config.get("is_encoder_decoder"):
        return
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


def _shape(weights: Weights, name: str | None) -> tuple[int, ...] | None:
    stored = weights.get(name) if name else None
    return None if stored is None else stored.shape


def _shown_shape(shape: tuple[int, ...] | None) -> str:
    return "none (missing)" if shape is None else str(list(shape))
