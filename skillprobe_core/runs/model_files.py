"""The places of a stored model's parts: weights, configuration, tokenizer and, for an adapter, its base."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from .scratch import Scratch


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the parts of one stored model lie.

    path: the folder that people name (or the file, for layouts whose checkpoints are files).
    weights, config, tokenizer: the folder that holds each part; `weights` may also be a file.
    base: the model that an adapter is added to; None for an adapter that is added to the model named in its own
    configuration. For a complete model it has no effect.
    borrows: True for a layout that stores no configuration and no tokenizer. Those of the base are used.
    scratch: where a copy that libraries can read is made of weights in shards; None for a temporary folder.
    command: the command that makes it, for weights that only their trainer's tool can read; empty for all others. Its
    fields are `{path}` (the checkpoint), `{base}` and `{out}` (the folder to write).
    pinned: the folder that holds the files in place of `path`, where they were pinned.
    """

    path: Path
    weights: Path
    config: Path
    tokenizer: Path
    base: ModelFiles | None = None
    borrows: bool = False
    scratch: Scratch | None = None
    command: str = ""
    pinned: Path | None = None

    @classmethod
    def of(cls, folder: Path, base: ModelFiles | None = None) -> ModelFiles:
        """The parts of a folder that holds them all, as `save_pretrained` writes it."""
        return cls(folder, folder, folder, folder, base)

    def at(self, folder: Path) -> ModelFiles:
        """The same checkpoint with all its parts in a folder within it."""
        return replace(self, weights=folder, config=folder, tokenizer=folder)

    def kept_in(self, scratch: Scratch) -> ModelFiles:
        """The same files, with a place for copies of their weights."""
        return replace(self, scratch=scratch)

    def borrowing(self) -> ModelFiles:
        """The same files without a configuration and a tokenizer of their own."""
        return replace(self, borrows=True)

    def on(self, base: ModelLike | None) -> ModelFiles:
        """The same files with another base: an adapter is added to it, and a layout that borrows uses its other parts.

        A part that the checkpoint does hold stays its own.
        """
        if base is None:
            return replace(self, base=None)
        start = as_files(base)
        if not self.borrows:
            return replace(self, base=start)
        parts = (self.config / "config.json", self.tokenizer / "tokenizer_config.json")
        own = [os.path.isfile(part) for part in parts]
        return replace(
            self,
            base=start,
            config=self.config if own[0] else start.config,
            tokenizer=self.tokenizer if own[1] else start.tokenizer,
        )


ModelLike = ModelFiles | Path
"""Every function that reads a stored model takes its `ModelFiles`, or a folder's path, which means `ModelFiles.of`."""


def as_files(model: ModelLike) -> ModelFiles:
    """The places of a model that is given by them or by its folder."""
    return model if isinstance(model, ModelFiles) else ModelFiles.of(Path(model))
