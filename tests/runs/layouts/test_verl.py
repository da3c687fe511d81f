"""verl's folders; that they complete with the text file of the run is tested with the protocol."""

from pathlib import Path

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts.verl import LAST_WRITTEN
from skillprobe_core.runs.places import locate
from skillprobe_core.runs.weights import open_weights

from .trainers import VerlWriter, aged, copy


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


def test_pickled_shards_are_found_with_the_command_of_verls_merger(tmp_path: Path) -> None:
    actor = tmp_path / "my run" / "global_step_40" / "actor"
    (actor / "huggingface").mkdir(parents=True)
    (actor / "model_world_size_1_rank_0.pt").touch()
    (tmp_path / "my run" / LAST_WRITTEN).write_text("40")
    (candidate,) = discover(tmp_path / "my run", "m", "rl")
    assert (candidate.ready, candidate.settled, candidate.unreadable) == (False, False, True)
    assert candidate.conversion is not None
    assert candidate.conversion.command == (
        f"python -m verl.model_merger merge --backend fsdp --local_dir '{actor}' --target_dir OUT"
    )


def test_an_asynchronous_save_is_complete_with_all_ranks_and_a_later_step(tmp_path: Path, tiny_run: Path) -> None:
    VerlWriter().write(tiny_run / "checkpoint-10", tmp_path, 40)
    actor = tmp_path / "global_step_40" / "actor"
    (actor / "fsdp_config.json").write_text('{"world_size": 2}')

    def ready() -> bool:
        return next(each.ready for each in discover(tmp_path, "m", "rl", settle_seconds=1e9))

    for name in ("model_world_size_2_rank_0.pt", "model_world_size_2_rank_1.pt"):
        assert not ready()
        (actor / name).touch()
    assert not ready()
    for path in (*actor.rglob("*"), actor):
        aged(path, 60)
    (tmp_path / "global_step_80").mkdir()
    assert ready()
