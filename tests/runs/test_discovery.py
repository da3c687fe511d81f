import json
import shutil

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.discovery import discover, previous_of
from tests.opened_files import opened_files
from tests.runs.one_run import age, only


def test_checkpoints_come_by_rising_step(tiny_run):
    found = discover(tiny_run, "m", "rl")
    assert [(each.checkpoint.key, each.checkpoint.method) for each in found] == [("m/10", "rl"), ("m/20", "rl")]
    assert all(each.ready and each.checkpoint.path.is_dir() for each in found)


def test_a_readable_folder_without_checkpoints_is_empty(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "checkpoint-3").write_text("a file, no folder")
    assert discover(tmp_path, "m", "sft") == []


def test_a_missing_folder_is_not_empty(tmp_path):
    with pytest.raises(CheckpointError, match="does not exist"):
        discover(tmp_path / "run", "m", "sft")


def test_a_folder_that_cannot_be_listed_is_not_empty(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(CheckpointError, match="cannot be read"):
        discover(tmp_path / "run", "m", "sft")


def test_the_fingerprint_follows_the_files_that_count(run):
    folder = run / "checkpoint-10"
    before = only(run).fingerprint
    (folder / "optimizer.pt").write_bytes(b"state")
    (folder / "training_args.bin").write_bytes(b"other")
    assert only(run).fingerprint == before
    age(folder / "tokenizer.json", 5)
    after = only(run).fingerprint
    assert after != before
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    assert only(run).fingerprint != after


def long_run(source, root, steps):
    """Checkpoints with states of a thousand logged steps."""
    for step in steps:
        folder = shutil.copytree(source / "checkpoint-10", root / f"checkpoint-{step}")
        history = [{"step": each, "loss": 1 / each, "learning_rate": 1e-5} for each in range(1, 1001)]
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step, "log_history": history}))
    return root


def test_a_later_look_opens_only_what_is_new_or_was_rewritten(tiny_run, tmp_path):
    root = long_run(tiny_run, tmp_path / "run", (10, 20, 30))
    first = discover(root, "m", "sft")
    with opened_files() as opened:
        assert discover(root, "m", "sft") == first
    assert [path for path in opened if root in path.parents] == []
    long_run(tiny_run, root, [40])
    state = root / "checkpoint-20" / "trainer_state.json"
    state.write_text(state.read_text().replace('"global_step": 20', '"global_step": 21'))
    with opened_files() as opened:
        found = {each.checkpoint.step: each for each in discover(root, "m", "sft", settle_seconds=0)}
    read = {path.parent.name for path in opened if root in path.parents}
    assert read == {"checkpoint-20", "checkpoint-40"}
    assert "states global_step 21, not 20" in found[20].waiting_for
    assert found[40].ready


def test_one_step_is_found_without_opening_those_that_it_does_not_need(tiny_run, tmp_path):
    root = long_run(tiny_run, tmp_path / "run", (10, 20, 30, 40, 50))
    weights = root / "checkpoint-30" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-64])
    with opened_files() as opened:
        near = discover(root, "m", "sft", near=40)
    assert [each.checkpoint.step for each in near] == [20, 30, 40]
    assert {path.parent.name for path in opened if root in path.parents} <= {f"checkpoint-{n}" for n in (20, 30, 40)}
    every = discover(root, "m", "sft")
    assert near == every[1:4]
    assert discover(root, "m", "sft", near=5) == []
    for step in (10, 20, 30, 40, 50):
        assert previous_of(step, discover(root, "m", "sft", near=step)) == previous_of(step, every)
