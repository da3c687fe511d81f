"""The files that make a model, of all those in its folder: what is digested, measured and loaded."""

from __future__ import annotations

import re
from pathlib import Path

from .adapters import CONFIG_FILE, is_adapter
from .content_files import CONFIG_FILES, counting_files, is_tokenizer
from .model_files import ModelLike, as_files
from .weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE, weight_files

# A multimodal model's processor, which engines want, and templates for other uses than the default one.
_ASIDE = re.compile(r"(video_)?(pre)?processor_config\.json|additional_chat_templates")
_TRAINERS = re.compile(
    r"((optimizer|scheduler|scaler|rng_state|training_args|trainer_state)[\w.-]*|all_results|(train|eval)_results)"
    r"\.(pt|pth|bin|json)|zero_to_fp32\.py|(LICENSE|NOTICE|requirements)[\w.-]*"
)
_READ_BY_LIBRARIES = re.compile(r".*\.(safetensors|bin|pt|pth|ckpt|gguf|h5|msgpack|json|jinja|model|tiktoken|txt|py)")


def chosen_files(model: ModelLike) -> dict[str, Path]:
    """The files that make a model, by the names under which libraries look for them.

    These are the weight files that `weight_files` chooses, with the index where they are shards, the configuration and
    the tokenizer. An adapter's configuration belongs to an adapter alone: a complete model with the files of an adapter
    next to it is the complete model.

    Args:
        model: A model whose weights are safetensors files (see `readable` for others).

    Returns:
        The files by name.

    Raises:
        CheckpointError: There are no weights that can be read, or shards are missing.
        OSError: A folder cannot be read.
    """
    files = as_files(model)
    adapter = is_adapter(files)
    stored = weight_files(files.weights)
    if files.weights.is_file():
        chosen = {ADAPTER_FILE if adapter else SINGLE_FILE: files.weights}
    else:
        chosen = {file.name: file for file in stored}
        if list(chosen) not in ([SINGLE_FILE], [ADAPTER_FILE]):
            chosen[INDEX_FILE] = files.weights / INDEX_FILE
    for name, path in counting_files(files).items():
        if is_tokenizer(name) or (name in CONFIG_FILES and (adapter or name != CONFIG_FILE)):
            chosen[name] = path
    return chosen


def misleading(folder: Path, chosen: dict[str, Path]) -> bool:
    """True if a folder also holds files that a library may read in place of the chosen ones or with them."""
    others = (path.name for path in folder.iterdir() if chosen.get(path.name) != path)
    return any(
        _READ_BY_LIBRARIES.fullmatch(name) and not _TRAINERS.fullmatch(name) and not _ASIDE.fullmatch(name)
        for name in others
    )


def files_aside(folder: Path) -> dict[str, Path]:
    """Files that libraries look for and that no answer depends on: a processor, and chat templates that are not used.

    Loading reports a model that has such templates and no default one.
    """
    return {path.name: path for path in folder.iterdir() if _ASIDE.fullmatch(path.name)}
