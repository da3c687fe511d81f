"""Rotation during an evaluation: nothing is lost, and nothing is held longer than it is needed."""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from skillprobe_core.engine.store import Partition
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.project.holdings import finished, keep_pinned, keeping_pinned, with_pins
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, tables_for
from skillprobe_core.project.watch_runs import watch_runs
from skillprobe_core.project.watching import Plan, look, plan
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.pins import HIDDEN, Pins
from skillprobe_core.runs.scratch_entries import size_of

SETTINGS = """
settle_seconds = 0
[scratch]
free_gigabytes = 0
pin = "{pin}"
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
[[runs]]
folder = "{run}"
base = "{base}"
model = "m"
"""


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "runs" / "exp"))


def project_of(run: Path, base: Path, pin: str = "link") -> Project:
    home = run.parent.parent / "home"
    home.mkdir(exist_ok=True)
    (home / "skillprobe.toml").write_text(SETTINGS.format(run=run, base=base, pin=pin))
    return Project.at(home)


def test_a_run_whose_folders_are_deleted_mid_evaluation_is_evaluated(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base)
    plans: list[Plan] = []

    def deleting() -> Iterator[object]:
        """Evaluations, of which the first sees the trainer delete everything that was complete."""
        for number, evaluation in enumerate(watch_runs(project, once=True, every=0, seen=plans.append)):
            if number == 0:
                shutil.rmtree(run / "checkpoint-10")
                shutil.rmtree(run / "checkpoint-20")
            yield evaluation

    evaluations = list(deleting())
    keys = [(f"m/{step}", None) for step in (0, 10, 20)]
    assert [(each.key, each.error) for each in evaluations] == [*keys, *keys]
    assert [each.late for each in evaluations] == [False] * 3 + [True] * 3
    stats = project.store.read(PARAMETER_STATS, Partition.checkpoint("m", 20))
    previous = stats.filter(pl.col("compared_with") == "previous", pl.col("status") == "compared")
    assert set(previous["compared_step"]) == {10}
    assert (previous["delta_norm"] > 0).all()
    assert not (run.parent / HIDDEN).exists()
    assert project.scratch.held_by_pins() == size_of(project.scratch.copies) == 0


def test_a_checkpoint_that_comes_and_goes_during_an_evaluation_is_pinned(
    run: Path, tiny_base: Path, tmp_path: Path
) -> None:
    project = project_of(run, tiny_base)
    (settings,) = project.settings.runs
    late = Path(shutil.move(run / "checkpoint-20", tmp_path / "late"))
    pins = Pins(project.scratch)
    with keeping_pinned(project, 0) as lines:
        shutil.move(late, run / "checkpoint-20")
        for _ in range(1200):
            if [pin.step for pin in pins.of_model("m")] == [10, 20]:
                break
            time.sleep(0.05)
        shutil.rmtree(run / "checkpoint-20")
    assert lines == []
    assert [each.checkpoint.step for each in project.candidates(settings)] == [10, 20]


def test_without_pins_rotation_takes_what_was_not_evaluated(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base, pin="off")
    evaluations = []
    for evaluation in watch_runs(project, once=True, every=0):
        if not evaluations:
            shutil.rmtree(run / "checkpoint-20")
        evaluations.append(evaluation)
    assert [each.error is None for each in evaluations] == [True, True, False, True, True]
    assert "no checkpoint of step 20" in str(evaluations[2].error)


def test_a_pinned_run_whose_folder_is_gone_still_has_its_checkpoints(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base)
    look(project)
    shutil.rmtree(run)
    (seen,) = look(project)
    assert [each.checkpoint.step for each in seen.checkpoints] == [10, 20]
    assert all(each.ready for each in seen.checkpoints)
    assert project.probe("m/10").checkpoint.path == run / "checkpoint-10"
    assert project.probe("m/20").previous is not None


def test_the_same_version_has_the_same_fingerprint_with_and_without_its_pin(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base)
    (settings,) = project.settings.runs
    before = project.found(settings)
    assert list(keep_pinned(project, settings, before)) == []
    after = with_pins(project, settings, before)
    assert [each.fingerprint for each in after] == [each.fingerprint for each in before]
    assert all(each.checkpoint.files.pinned is not None for each in after)
    digests = [[project.digest_of(each.checkpoint.files) for each in some] for some in (before, after)]
    assert digests[0] == digests[1]


def test_a_pinned_checkpoint_is_the_one_that_is_loaded(run: Path, tiny_base: Path) -> None:
    project, folder = project_of(run, tiny_base), run / "checkpoint-10"
    before, stored = identity(folder), load_file(folder / "model.safetensors")
    look(project)
    later = run.parent / "later"
    shutil.copytree(run / "checkpoint-20", later)
    for file in later.iterdir():  # as a trainer that starts again: a new file takes the place of each
        file.replace(folder / file.name)
    (folder / "trainer_state.json").unlink()  # and has not finished
    probe = project.probe("m/10")
    assert probe.identity == before != identity(folder)
    loaded = load_model(probe.checkpoint.files).state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in stored.items())
    pinned = probe.checkpoint.files.weights / "model.safetensors"
    pinned.write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match="was replaced while it was evaluated"):
        run_table(PARAMETER_STATS, probe)


def test_another_version_takes_the_place_of_the_pin_once_it_is_complete(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base)
    (settings,) = project.settings.runs
    list(keep_pinned(project, settings, project.found(settings)))
    first = with_pins(project, settings, project.found(settings))[0].fingerprint
    state = (run / "checkpoint-10" / "trainer_state.json").read_text()
    shutil.rmtree(run / "checkpoint-10")
    shutil.copytree(run / "checkpoint-20", run / "checkpoint-10", copy_function=shutil.copyfile)
    (run / "checkpoint-10" / "trainer_state.json").unlink()
    assert list(keep_pinned(project, settings, project.found(settings))) == []
    assert with_pins(project, settings, project.found(settings))[0].fingerprint == first
    (run / "checkpoint-10" / "trainer_state.json").write_text(state)
    assert list(keep_pinned(project, settings, project.found(settings))) == []
    second = with_pins(project, settings, project.found(settings))[0]
    assert second.fingerprint != first
    assert len(list((run.parent / HIDDEN / "exp").iterdir())) == 2


def test_rewriting_in_place_is_reported_and_the_new_version_is_evaluated(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base)
    decided = plan(look(project), {}, settle_seconds=0)
    with (run / "checkpoint-10" / "config.json").open("a") as config:
        config.write(" ")
    seen = look(project)
    assert seen[0].warnings == (
        f"{run / 'checkpoint-10'}: it was rewritten in place, and the version that was pinned is lost",
    )
    again = plan(seen, decided.known, settle_seconds=0)
    assert seen[0].warnings[0] in again.notes
    assert Pins(project.scratch).of_model("m")[0].intact or Pins(project.scratch).of_model("m")[1].intact


def test_the_sensor_says_that_rotation_can_take_them(
    run: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    (seen,) = look(project_of(run, tiny_base))
    (warning,) = seen.warnings
    assert "rotation can take checkpoints before they are evaluated" in warning
    assert "hard links are not possible (Operation not permitted)" in warning
    assert 'pin = "copy"' in warning
    (seen,) = look(project_of(run, tiny_base, pin="copy"))
    assert seen.warnings == ()
    assert all(each.checkpoint.files.pinned is not None for each in seen.checkpoints)


def test_checkpoints_that_were_evaluated_before_are_not_pinned(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base, pin="off")
    assert len(list(watch_runs(project, once=True, every=0))) == 6
    project = project_of(run, tiny_base)
    look(project)
    assert not (run.parent / HIDDEN).exists()


def test_a_pin_is_finished_with_the_last_table(run: Path, tiny_base: Path) -> None:
    project = project_of(run, tiny_base)
    look(project)
    probe = project.probe("m/10")
    tables = tables_for(probe)
    for table in tables[:-1]:
        finished(probe, table, tables)
    assert not Pins(project.scratch).of_model("m")[0].finished
    finished(probe, tables[-1], tables)
    assert Pins(project.scratch).of_model("m")[0].finished
    assert run_table(tables[0], probe)[-1].step == 10
