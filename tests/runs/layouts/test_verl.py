"""verl's folders; that they complete with the text file of the run is tested with the protocol."""

from pathlib import Path

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.verl import LAST_WRITTEN
from skillprobe_core.runs.places import locate
from skillprobe_core.runs.weights import open_weights

from .trainers import VerlWriter, copy


def test_weights_configuration_and_tokenizer_lie_in_the_actors_folder(tmp_path: Path, tiny_run: Path) -> None:
    VerlWriter().write(tiny_run / "checkpoint-10", tmp_path, 100)
    VerlWriter().finish(tmp_path, 100)
    copy(tiny_run / "checkpoint-20", tmp_path / "global_step_100" / "critic" / "huggingface")
    (candidate,) = discover(tmp_path, "m", "rl")
    assert candidate.ready
    files = candidate.checkpoint.files
    assert files.path == tmp_path / "global_step_100"
    assert {files.weights, files.config, files.tokenizer} == {tmp_path / "global_step_100/actor/huggingface"}
    assert len(open_weights(files)) == len(open_weights(tiny_run / "checkpoint-10"))
    critic = locate(tmp_path / "global_step_100" / "critic" / "huggingface")
    assert critic is not None
    assert critic.run == critic.files.path


def test_a_checkpoint_of_pickled_shards_is_not_found(tmp_path: Path, tiny_run: Path) -> None:
    model = copy(tiny_run / "checkpoint-10", tmp_path / "global_step_100" / "actor" / "huggingface")
    (model / "model.safetensors").unlink()
    (model.parent / "model_world_size_1_rank_0.pt").touch()
    (tmp_path / LAST_WRITTEN).write_text("100")
    assert discover(tmp_path, "m", "rl") == []
