"""LoRA adapters as PEFT saves them: `adapter_config.json` and `adapter_model.safetensors`, without their base.

An adapter can only be evaluated together with its base: the one in its `ModelFiles` (from a run's settings or the
command line), or else the local folder named in the adapter's own configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from skillprobe_core.errors import CheckpointError

from .adapter_fields import check_adapter_types
from .bounded_files import RefusedFile, read_object
from .model_files import ModelFiles, ModelLike, as_files
from .weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE

CONFIG_FILE = "adapter_config.json"
MERGE = (
    "merge the adapter into its base (merge_and_unload() in PEFT), save the merged model with the tokenizer files, and "
    "evaluate that folder"
)
_CONVERT = (
    "save the adapter with PEFT's save_pretrained(FOLDER, path_initial_model_for_weight_conversion=INITIAL_ADAPTER), "
    "which converts it to plain LoRA, and evaluate that folder; or " + MERGE
)
# Fields of LoraConfig that the adapter's effect does not depend on, or that are honoured here.
_KNOWN: Final = frozenset(
    [
        "r", "target_modules", "exclude_modules", "lora_alpha", "lora_dropout", "fan_in_fan_out", "bias",
        "use_rslora", "modules_to_save", "init_lora_weights", "layers_to_transform", "layers_pattern",
        "rank_pattern", "alpha_pattern", "megatron_core", "trainable_token_indices", "loftq_config", "eva_config",
        "corda_config", "lora_ga_config", "use_dora", "qalora_group_size", "runtime_config", "lora_bias",
        "target_parameters", "ensure_weight_tying", "task_type", "peft_type", "auto_mapping",
        "base_model_name_or_path", "revision", "inference_mode", "peft_version",
    ]
)  # fmt: skip
# Initialisations that leave the base as it is: the adapter's change is B A.
_PLAIN_STARTS = ("gaussian", "eva", "orthogonal", "mica")


def is_adapter(model: ModelLike) -> bool:
    """True if the files are those of an adapter and not of a complete model."""
    files = as_files(model)
    folder = files.weights
    complete = any(os.path.isfile(folder / name) for name in (SINGLE_FILE, INDEX_FILE))
    stored = folder.name == ADAPTER_FILE if os.path.isfile(folder) else os.path.isfile(folder / ADAPTER_FILE)
    return stored and not complete and os.path.isfile(files.config / CONFIG_FILE)


def base_of(adapter: ModelLike) -> ModelFiles:
    """The files of an adapter's base; raises CheckpointError when none is named or it is not a local folder."""
    files = as_files(adapter)
    if files.base is not None:
        return files.base
    written = str(adapter_config(files).get("base_model_name_or_path") or "")
    found = files.config / Path(written).expanduser()
    if written and (found / "config.json").is_file():
        return ModelFiles.of(found.resolve())
    raise CheckpointError(
        f"adapter base {written!r} is not a local folder with a config.json"
        if written
        else f"{CONFIG_FILE} names no base (`base_model_name_or_path`)",
        remedy="give the folder of the base model: --base FOLDER, or `base` of the run in skillprobe.toml",
        path=files.path,
    )


def adapter_config(adapter: ModelLike) -> Mapping[str, Any]:
    """The configuration of a LoRA adapter.

    Raises:
        CheckpointError: The file is missing or damaged; the adapter is not LoRA; its change is not a function of its
            base's weights and its own (activated LoRA, PiSSA without conversion, replicated layers and others); or it
            has a field that is not known, unless that is null, false or empty.
    """
    file = as_files(adapter).config / CONFIG_FILE
    try:
        config = read_object(file)
        check_adapter_types(config, file)
        kind, rank = str(config["peft_type"]), int(config["r"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        reason = error.cause if isinstance(error, RefusedFile) else repr(error)
        raise CheckpointError(
            f"not a valid LoRA configuration: {reason}",
            remedy=f"save the adapter again with PEFT's save_pretrained; for other kinds of adapter, {MERGE}",
            path=file,
        ) from error
    if kind != "LORA" or rank < 1:
        raise CheckpointError(
            f"only LoRA adapters are supported, this one is {kind} of rank {rank}", remedy=MERGE, path=file
        )
    start = config.get("init_lora_weights", True)
    if isinstance(start, str) and start.lower() not in _PLAIN_STARTS:
        raise CheckpointError(
            f"the adapter was initialised with {start!r}, which also changes the base's weights, and was not converted",
            remedy=_CONVERT,
            path=file,
        )
    unknown = sorted(name for name, value in config.items() if name not in _KNOWN and value)
    if unknown:
        raise CheckpointError(
            f"the adapter's configuration has {', '.join(unknown)}, which is not supported",
            remedy="update skillprobe if a newer PEFT wrote the adapter; if the adapter can be merged, " + MERGE
            if "alora_invocation_tokens" not in unknown
            else "train a plain LoRA adapter, or evaluate with PEFT: an activated LoRA cannot be merged",
            path=file,
        )
    if config.get("use_dora") and config.get("lora_bias"):
        raise CheckpointError("DoRA together with lora_bias is not supported", remedy=MERGE, path=file)
    return dict(config)
