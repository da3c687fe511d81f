"""LLaMA-Factory's converted PiSSA adapter: `pissa_converted/` in the run folder, written when training ends.

Its other checkpoints are those of the Hugging Face Trainer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import ADAPTER_FILE

from . import completeness
from .layout import Found, Layout, names_in, stated_step

FOLDER = "pissa_converted"
STATE = "trainer_state.json"
CONFIG = "adapter_config.json"


def find(root: Path) -> Iterator[Found]:
    """The converted adapter, at the step in the run's own `trainer_state.json`, which is written after it.

    PiSSA changes the base's weights when training begins, so the adapter of a `checkpoint-N` does not fit the base that
    the run started from. The converted one does.
    """
    folder = root / FOLDER
    if ADAPTER_FILE not in names_in(folder):
        return
    step = stated_step(root / STATE)
    if step is None:
        return  # training has not ended
    rule = completeness.every(completeness.json_file(folder / CONFIG), completeness.json_file(root / STATE))
    yield Found(root, step, ModelFiles.of(folder), rule)


LAYOUT = Layout(
    name="llama_factory",
    looks_for=f"{FOLDER}/ with {STATE}",
    find=find,
    order=8,
    entries=(FOLDER,),
    trainers="LLaMA-Factory with PiSSA",
    complete=f"{CONFIG} in the folder and {STATE} in the run folder are there",
    parts=f"all in {FOLDER}/; configuration and tokenizer are the base's",
    signs=(FOLDER, f"{FOLDER}/{ADAPTER_FILE}"),
)
