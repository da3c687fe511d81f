"""A checkpoint's `config.json`."""

from __future__ import annotations

from typing import Any

from skillprobe_core.errors import CheckpointError

from .adapters import base_of, is_adapter
from .bounded_files import RefusedFile, read_object
from .config_fields import check_types
from .model_files import ModelLike, as_files

_SAVE_AGAIN = "save the checkpoint again, or copy this file from the base model"


def read_config(model: ModelLike) -> dict[str, Any]:
    """The configuration of a checkpoint; raises CheckpointError when it is missing or damaged.

    An adapter's is that of its base.
    """
    folder = as_files(base_of(model) if is_adapter(model) else model).config
    file = folder / "config.json"
    try:
        config = read_object(file)
        check_types(config, file)
        return config
    except FileNotFoundError as error:
        known = folder.is_dir()
        raise CheckpointError(
            "the folder has no config.json" if known else "no such folder",
            remedy="copy config.json of the base model into the folder, or save the model again with save_pretrained"
            if known
            else "correct the path; it must be the folder that holds config.json and the weights",
            path=folder,
        ) from error
    except RefusedFile as error:
        raise CheckpointError(error.cause, remedy=_SAVE_AGAIN, path=file) from error


def architecture(config: dict[str, Any]) -> str:
    """The model class named in the configuration, or else its model type; empty when it has neither."""
    classes = config.get("architectures")
    return str(classes[0]) if isinstance(classes, list) and classes else str(config.get("model_type") or "")
