"""Output folders of torchtune: `epoch_N/`, in newer versions `step_N/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.dcp_index import MARKER as DCP_MARKER

from . import completeness, open_instruct, prime_rl
from .completeness import LastAct, Mark
from .layout import Found, Layout, changed_at, names_in, numbered
from .stored_weights import readable

STATE = Path("recipe_state", "recipe_state.pt")


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per numbered folder with a Hugging Face model or adapter.

    The end of `epoch_N`, counted from 0, is step N + 1. There is no marker: `config.json` is copied from the base after
    the weights, and `recipe_state/` of the run is written after that. Without a newer one the folder must be quiet.
    Merged weights count where an adapter lies next to them. A run of any other trainer that saves Hugging Face models
    to `step_N/` is read in the same way. `dist_epoch_N` is a resume state of torch.distributed.checkpoint (DCP), with
    torchtune's own names and without a configuration and a tokenizer.
    """
    if root.name in prime_rl.PLACES:  # of the run folder above
        return
    epochs = [(step + 1, folder) for step, folder in numbered(root, "epoch_{step}")]
    for step, folder in [*numbered(root, "step_{step}"), *epochs]:
        names = names_in(folder)
        if names & open_instruct.MARKERS or not readable(names):
            continue
        yield Found(root, step, ModelFiles.of(folder), _configured(root, folder))
    for step, folder in numbered(root, "dist_epoch_{step}"):
        files = ModelFiles.of(folder).borrowing()
        yield Found(root, step + 1, files, completeness.file(folder / DCP_MARKER))


def _configured(root: Path, folder: Path) -> LastAct:
    def look() -> Mark:
        if not names_in(folder) & {"config.json", "adapter_config.json"}:
            return Mark("no config.json yet")
        return Mark(at=changed_at(root / STATE))

    return look


LAYOUT = Layout(
    name="torchtune",
    looks_for="epoch_N/ or step_N/ with *.safetensors",
    find=find,
    order=72,
    entries=("epoch_*", "step_*", "dist_epoch_*"),
    trainers="torchtune, and any trainer that saves models to step_N/",
    complete=f"config.json and all shards are there, and {STATE} is newer or no file changed for settle_seconds; "
    f"dist_epoch_N: {DCP_MARKER} is there",
    parts="all in epoch_N/ or step_N/; merged weights count before an adapter; dist_epoch_N/: configuration and "
    "tokenizer are the base's",
    signs=("epoch_*", "epoch_*/*.safetensors"),
)
