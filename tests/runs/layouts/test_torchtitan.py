"""torchtitan's folders, written by torch.distributed.checkpoint itself."""

from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.model_files import ModelFiles

from .saves import all_saves


def test_a_real_dcp_save_is_complete_once_its_metadata_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "step-40"
    dcp.save({"layers.0.wq.weight": torch.ones(4, 4)}, checkpoint_id=folder, no_dist=True)
    metadata = (folder / ".metadata").rename(tmp_path / "kept")
    (candidate,) = discover(tmp_path, "m", "sft", settle_seconds=0)
    assert (candidate.waiting_for, candidate.ready) == ("no .metadata yet", False)
    metadata.rename(folder / ".metadata")
    (candidate,) = discover(tmp_path, "m", "sft")
    assert (candidate.checkpoint.step, candidate.ready) == (40, True)


def test_a_model_in_hugging_face_files_borrows_configuration_and_tokenizer(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    saves = all_saves(tiny_run / "checkpoint-10", tmp_path / "parts")
    save = [each for each in saves if each.layout == "torchtitan"][-1]
    (tmp_path / "exp").mkdir()
    for act in save.acts:
        act(tmp_path / "exp")
    (candidate,) = discover(tmp_path / "exp", "m", "sft", settle_seconds=0)
    files = candidate.started_from(ModelFiles.of(tiny_base)).checkpoint.files
    assert candidate.ready
    assert (files.weights, files.config, files.tokenizer) == (tmp_path / "exp/step-30", tiny_base, tiny_base)
