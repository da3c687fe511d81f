"""The places of a stored model's parts: weights, configuration, tokenizer and, for an adapter, its base."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the parts of one stored model lie.

    path: the folder that people name (or the file, for layouts whose checkpoints are files).
    weights, config, tokenizer: the folder that holds each part; `weights` may also be a file.
    base: the model that an adapter is added to; None for an adapter that is added to the model named in its own
    configuration. For a complete model it has no effect.
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

    def on(self, base: ModelLike | None) -> ModelFiles:
        """The same files with another base, which is used if they are an adapter's."""
        return replace(self, base=None if base is None else as_files(base))


ModelLike = ModelFiles | Path
"""Every function that reads a stored model takes its `ModelFiles`, or a folder's path, which means `ModelFiles.of`."""


def as_files(model: ModelLike) -> ModelFiles:
    """The places of a model that is given by them or by its folder."""
    return model if isinstance(model, ModelFiles) else ModelFiles.of(Path(model))
