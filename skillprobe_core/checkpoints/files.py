"""The files of a checkpoint folder that determine the model's answers: weights, configuration, tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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


def stamps(folder: Path) -> tuple[Stamp, ...]:
    """Stamps of those files, sorted by name; raises OSError when the folder or a file cannot be read."""
    found = []
    for entry in folder.iterdir():
        name = entry.name
        if name in CONFIG_FILES or name in TOKENIZER_FILES or name.endswith(".tiktoken") or is_weights(name):
            status = entry.stat()
            found.append(Stamp(name, status.st_size, status.st_mtime_ns))
    return tuple(sorted(found))
