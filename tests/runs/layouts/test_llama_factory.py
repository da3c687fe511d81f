"""LLaMA-Factory's converted PiSSA adapter, which takes the place of the last checkpoint's own."""

import json
import shutil
from pathlib import Path

from skillprobe_core.runs.discovery import discover

from .saves import all_saves


def test_the_converted_adapter_counts_before_the_checkpoint_of_its_step(tmp_path: Path, tiny_run: Path) -> None:
    saves = all_saves(tiny_run / "checkpoint-10", tmp_path / "parts")
    (save,) = [each for each in saves if each.layout == "llama_factory"]
    run = tmp_path / "exp"
    for step in (20, 30):
        shutil.copytree(tiny_run / "checkpoint-10", run / f"checkpoint-{step}")
        (run / f"checkpoint-{step}" / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    *during, last = save.acts
    for act in during:
        act(run)
    (run / "trainer_state.json").unlink(missing_ok=True)
    assert [each.checkpoint.path.name for each in discover(run, "m", "sft")] == ["checkpoint-20", "checkpoint-30"]
    last(run)
    assert [each.checkpoint.path.name for each in discover(run, "m", "sft")] == ["checkpoint-20", "pissa_converted"]
