"""Checkpoint folders of torchtitan: `step-N/`, stored by torch.distributed.checkpoint (DCP)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.dcp_index import MARKER as DCP_MARKER
from skillprobe_core.runs.weights import INDEX_FILE

from . import completeness
from .layout import Found, Layout, folders, names_in
from .stored_weights import readable, sharded

FOLDER = "step-{step}"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `step-N` with DCP shards or, with `last_save_in_hf`, a Hugging Face model.

    Neither has a configuration or a tokenizer: those of the base are used. DCP renames `.metadata` to its name at the
    end; the index of a Hugging Face model is also written last.
    """
    for step, folder, _ in folders(root, FOLDER):
        names = names_in(folder)
        files = ModelFiles.of(folder).borrowing()
        if readable(names) or "sharded" in names:
            yield Found(root, step, files, completeness.file(folder / INDEX_FILE))
        elif sharded(names) or not names:
            yield Found(root, step, files, completeness.file(folder / DCP_MARKER))


LAYOUT = Layout(
    name="torchtitan",
    looks_for=f"step-N/ (complete with {DCP_MARKER} or {INDEX_FILE})",
    find=find,
    order=34,
    entries=("step-*",),
    trainers="torchtitan",
    complete=f"{DCP_MARKER} or {INDEX_FILE} is there",
    parts="weights in step-N/; configuration and tokenizer are the base's",
    convert="other than Llama and Qwen3: python scripts/checkpoint_conversion/convert_to_hf.py step-N OUT "
    "--hf_assets_path BASE --model_name NAME --model_flavor FLAVOR",
    signs=("step-*", f"step-*/{DCP_MARKER}"),
)
