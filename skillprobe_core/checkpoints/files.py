"""The files of a checkpoint folder that determine the model's answers: weights, configuration, tokenizer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .model_files import ModelFiles

CONFIG_FILES = ("config.json", "generation_config.json", "adapter_config.json")
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "tekken.json",
    "chat_template.jinja",
    "chat_template.json",
)
PICKLED_WEIGHTS = ("pytorch_model*.bin", "adapter_model.bin", "consolidated*.pth", "model*.pt", "model*.pth")


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """Name, size in bytes and modification time in nanoseconds of one file."""

    name: str
    size: int
    mtime_ns: int


def is_weights(name: str) -> bool:
    """True if a file of that name holds model weights, including pickled ones (which are never opened)."""
    return name.endswith((".safetensors", ".safetensors.index.json")) or is_pickled_weights(name)


def is_pickled_weights(name: str) -> bool:
    """True if a file of that name holds pickled model weights; a trainer's own state does not count."""
    return any(Path(name).match(pattern) for pattern in PICKLED_WEIGHTS)


def is_config(name: str) -> bool:
    """True if a file of that name configures the model."""
    return name in CONFIG_FILES


def is_tokenizer(name: str) -> bool:
    """True if a file of that name belongs to the tokenizer."""
    return name in TOKENIZER_FILES or name.endswith(".tiktoken")


def stamps(folder: Path) -> tuple[Stamp, ...]:
    """Stamps of the files that count in a folder, sorted by name; raises OSError when the folder or a file cannot be
    read."""
    return stamps_of(ModelFiles.of(folder))


def stamps_of(files: ModelFiles) -> tuple[Stamp, ...]:
    """Stamps of a model's own files, without those of an adapter's base, sorted by name.

    Names are relative to the folder of `files.path`. Raises OSError when a folder or a file cannot be read.
    """
    top = files.path if files.path.is_dir() else files.path.parent
    found = {}
    for part, counts in ((files.weights, is_weights), (files.config, is_config), (files.tokenizer, is_tokenizer)):
        for entry in [part] if part.is_file() else part.iterdir():
            if counts(entry.name):
                status = entry.stat()
                name = os.path.relpath(entry, top)
                found[name] = Stamp(name, status.st_size, status.st_mtime_ns)
    return tuple(sorted(found.values()))
