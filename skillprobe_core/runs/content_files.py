"""The files of a checkpoint folder that determine the model's answers: weights, configuration, tokenizer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from .model_files import ModelFiles, ModelLike, as_files

QUANTISATION_FILES = ("hf_quant_config.json", "quantize_config.json", "quant_config.json")
"""Files that state how weights are quantised, which engines read where config.json does not."""
CONFIG_FILES = ("config.json", "generation_config.json", "adapter_config.json", *QUANTISATION_FILES)
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
_PICKLED = re.compile("|".join(map(translate, PICKLED_WEIGHTS)))


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """Name, size in bytes and modification time in nanoseconds of one file."""

    name: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class FileState:
    """One file with its size, modification time and inode: while they stay the same, so do its bytes."""

    path: Path
    size: int
    mtime_ns: int
    inode: int


def is_weights(name: str) -> bool:
    """True if a file of that name holds model weights, including pickled ones (which are never opened)."""
    ends = (".safetensors", ".safetensors.index.json", ".distcp")
    return name.endswith(ends) or name == ".metadata" or is_pickled_weights(name)


def is_pickled_weights(name: str) -> bool:
    """True if a file of that name holds pickled model weights; a trainer's own state does not count."""
    return _PICKLED.match(name) is not None


def has_tokenizer(files: ModelFiles) -> bool:
    """True if the folder of the tokenizer holds any of its files."""
    return any((files.tokenizer / name).exists() for name in TOKENIZER_FILES)


def counting_files(model: ModelLike) -> dict[str, Path]:
    """Those files by name, each from the folder of its part; raises OSError when a folder cannot be read."""
    return dict(sorted(_counting(as_files(model))))


def stamps(model: ModelLike) -> tuple[Stamp, ...]:
    """Stamps of those files, sorted by name; raises OSError when a folder or a file cannot be read."""
    status = ((name, path.stat()) for name, path in counting_files(model).items())
    return tuple(sorted(Stamp(name, each.st_size, each.st_mtime_ns) for name, each in status))


def file_states(model: ModelLike) -> tuple[FileState, ...]:
    """The states of those files, by name; raises OSError when a folder or a file cannot be read."""
    status = ((path, path.stat()) for path in counting_files(model).values())
    return tuple(FileState(path, each.st_size, each.st_mtime_ns, each.st_ino) for path, each in status)


def _counting(files: ModelFiles) -> Iterator[tuple[str, Path]]:
    folders = {files.weights, files.config, files.tokenizer}
    if files.command:  # the trainer's own files: whatever they are called, the tool may read them
        for path in files.weights.rglob("*"):
            if path.is_file():
                yield path.relative_to(files.weights).as_posix(), path
        folders.remove(files.weights)
    elif files.weights.is_file():
        yield files.weights.name, files.weights
        folders.remove(files.weights)
    for folder in folders:
        for path in folder.iterdir():
            if folder == _place_of(path.name, files):
                yield path.name, path


def _place_of(name: str, files: ModelFiles) -> Path | None:
    """The folder that a file of that name is read from; None if it does not count."""
    if name in CONFIG_FILES:
        return files.config
    if is_tokenizer(name):
        return files.tokenizer
    return files.weights if is_weights(name) else None


def is_tokenizer(name: str) -> bool:
    """True if a file of that name is part of a tokenizer."""
    return name in TOKENIZER_FILES or name.endswith(".tiktoken")
