"""Checkpoint folders of nanotron: `N/` with one safetensors file per tensor and rank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Conversion, Found, Layout, folders, names_in, quoted

METADATA = "checkpoint_metadata.json"
LAST_WRITTEN = "model_config.json"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per numbered folder with `config.yaml`, complete with `model_config.json`.

    `latest.txt` of the run is written before that file, so it does not count.
    """
    for step, folder, _ in folders(root, "{step}"):
        if names_in(folder) & {METADATA, LAST_WRITTEN} or {"config.yaml", "model"} <= names_in(folder):
            rule = completeness.every(
                completeness.json_file(folder / METADATA), completeness.json_file(folder / LAST_WRITTEN)
            )
            conversion = Conversion(
                "each file holds one tensor of one rank, under nanotron's names",
                "torchrun --nproc_per_node=1 examples/llama/convert_nanotron_to_hf.py "
                f"--checkpoint_path={quoted(folder)} --save_path=OUT",
            )
            yield Found(root, step, ModelFiles.of(folder).borrowing(), rule, conversion)


LAYOUT = Layout(
    name="nanotron",
    looks_for=f"N/config.yaml with N/model/ (complete with {LAST_WRITTEN})",
    find=find,
    order=40,
    entries=("[0-9]*",),
    trainers="nanotron",
    complete=f"{METADATA} and {LAST_WRITTEN} are there",
    parts="weights in N/model/; configuration and tokenizer are the base's",
    convert="torchrun --nproc_per_node=1 examples/llama/convert_nanotron_to_hf.py --checkpoint_path=N --save_path=OUT",
    signs=("[0-9]*/config.yaml", f"[0-9]*/{METADATA}"),
)
