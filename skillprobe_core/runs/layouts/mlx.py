"""Adapter folders of mlx-lm: one file `0000500_adapters.safetensors` per saved step."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Conversion, Found, Layout, numbered, quoted

FILE = "{step:07}_adapters.safetensors"
CONFIG = "adapter_config.json"
FUSE = (
    'adapter=$(mktemp -d) && cp "$1" "$adapter/" && cp "$2" "$adapter/adapters.safetensors" && '
    'mlx_lm.fuse --model "$3" --adapter-path "$adapter" --save-path "$4" && rm -r "$adapter"'
)
"""Fuses the adapter of one step: mlx-lm only reads `adapters.safetensors` of a folder."""


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per numbered file. `adapter_config.json` is written first, so a file is complete when it is as
    long as its header states and quiet.
    """
    for step, file in numbered(root, FILE):
        conversion = Conversion(
            "it is a LoRA adapter under MLX's names",
            f"sh -c {shlex.quote(FUSE)} fuse {quoted(root / CONFIG)} {quoted(file)} BASE OUT",
        )
        yield Found(root, step, ModelFiles(file, file, root, root), completeness.quiet(), conversion)


LAYOUT = Layout(
    name="mlx",
    looks_for="0000500_adapters.safetensors",
    find=find,
    order=44,
    entries=("*_adapters.safetensors",),
    trainers="mlx-lm",
    complete="the file is as long as its header states, and did not change for settle_seconds",
    parts="the file, with adapter_config.json next to it; tokenizer and configuration are the base's",
    convert="mlx_lm.fuse --model BASE --adapter-path ADAPTER --save-path OUT, with the file in ADAPTER as "
    "adapters.safetensors",
    signs=("adapters.safetensors", "*_adapters.safetensors"),
)
