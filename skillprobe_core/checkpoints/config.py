"""A checkpoint's `config.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from skillprobe_core.errors import CheckpointError

from .adapters import base_of, is_adapter


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of a checkpoint folder; raises CheckpointError when it is missing or damaged.

    An adapter's is that of its base.
    """
    if is_adapter(folder):
        folder = base_of(folder)
    file = folder / "config.json"
    try:
        config = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        known = folder.is_dir()
        raise CheckpointError(
            "the folder has no config.json" if known else "there is no such folder",
            remedy="copy config.json of the base model into it, or save with save_pretrained"
            if known
            else "check the path; give the folder that holds config.json and the weights",
            path=folder,
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"it cannot be read: {error.strerror}", remedy="check its permissions", path=file
        ) from error
    except ValueError as error:
        raise CheckpointError(f"it is not JSON: {error}", remedy="save the checkpoint again", path=file) from error
    if not isinstance(config, dict):
        raise CheckpointError("it is not a JSON object", remedy="save the checkpoint again", path=file)
    return config


def architecture(config: dict[str, Any]) -> str:
    """The model class that the configuration names, or else its model type; empty when it names neither."""
    classes = config.get("architectures") or []
    return str(classes[0]) if classes else str(config.get("model_type") or "")
