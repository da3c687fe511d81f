"""The places of a stored model's parts: weights, configuration, tokenizer and, for an adapter, its base."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the parts of one stored model lie.

    path: the folder that people name (or the file, for layouts whose checkpoints are files).
    weights, config, tokenizer: the folder that holds each part; `weights` may also be a file.
    base: the model that an adapter is added to; None for a complete model, and for an adapter that is added to the
    model named in its own configuration.
    """

    path: Path
    weights: Path
    config: Path
    tokenizer: Path
    base: ModelFiles | None = None

    @classmethod
    def of(cls, folder: Path, base: ModelFiles | None = None) -> ModelFiles:
        """The parts of a folder that holds them all, as `save_pretrained` writes it."""
        return cls(folder, folder, folder, folder, base)
