"""One name for a checkpoint in every layout, whoever looks: the command line, the noise floor, the sensor, a key."""

import shutil
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.project.given_checkpoint import probe_of_checkpoint, probe_of_folders
from skillprobe_core.project.name_claims import claim
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watching import Known, look, plan
from skillprobe_core.runs.model_naming import model_of
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.scratch_settings import ScratchSettings
from tests.runs.layouts.trainers import EVERY, OTHERS, WRITERS, AbsenceWriter, VerlWriter, Writer, aged

by_layout = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.layout.name)


def project_of(root: Path, base: Path, home: Path, settle_seconds: float = 30, pin: str = "link") -> Project:
    run = RunSettings(folder=root, base=base, method="rl")
    scratch = ScratchSettings.model_validate({"pin": pin})
    return Project(Settings(runs=(run,), settle_seconds=settle_seconds, scratch=scratch), Store(home), EVERY)


def requested(project: Project, known: dict[str, Known] | None = None, **options: object) -> list[str]:
    decided = plan(look(project), known or {}, settle_seconds=project.settings.settle_seconds, **options)
    return [request.key for request in decided.requests]


@by_layout
def test_a_checkpoint_is_requested_with_its_last_act(
    writer: Writer, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    base = shutil.copytree(tiny_base, tmp_path / "base")
    for file in base.iterdir():
        aged(file, 3600)
    project = project_of(tmp_path / "exp", base, tmp_path / "home")
    (tmp_path / "exp").mkdir()
    writer.write(tiny_run / "checkpoint-10", tmp_path / "exp", 20)
    assert "exp/20" not in requested(project)
    path = writer.finish(tmp_path / "exp", 20)
    assert "exp/20" in requested(project)
    probe = project.probe("exp/20")
    assert probe.checkpoint.path == path
    assert probe.identity.weights_digest


@by_layout
def test_probe_needs_no_step_where_the_layout_knows_it(
    writer: Writer, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    for step in (20, 40):
        writer.write(tiny_run / "checkpoint-10", tmp_path / "exp", step)
        path = writer.finish(tmp_path / "exp", step)
    options = {"model": None, "step": None, "method": "rl", "settings": Settings(), "store": Store(tmp_path / "home")}
    probe = probe_of_folders(path, tiny_base, layouts=EVERY, **options)
    assert probe.checkpoint.key == "exp/40"
    assert probe.previous is not None
    assert probe.previous.key == "exp/20"
    if writer in OTHERS:
        with pytest.raises((CheckpointError, SettingsError), match=r"cannot be the checkpoint|give the step"):
            probe_of_folders(path, tiny_base, **options)


@by_layout
def test_a_checkpoint_can_be_a_base(writer: Writer, tmp_path: Path, tiny_run: Path) -> None:
    for name, step in (("first", 20), ("second", 40)):
        writer.write(tiny_run / "checkpoint-10", tmp_path / name, step)
    base = writer.finish(tmp_path / "first", 20)
    writer.finish(tmp_path / "second", 40)
    project = project_of(tmp_path / "second", base, tmp_path / "home")
    assert requested(project) == ["second/0", "second/40"]
    assert project.probe("second/40").base_identity == project.probe("second/40").identity


def test_a_base_is_judged_by_the_rule_of_its_layout(tmp_path: Path, tiny_run: Path) -> None:
    for name, step in (("first", 20), ("second", 40)):
        VerlWriter().write(tiny_run / "checkpoint-10", tmp_path / name, step)
    project = project_of(tmp_path / "second", tmp_path / "first" / "global_step_20", tmp_path / "home")
    VerlWriter().finish(tmp_path / "second", 40)
    assert requested(project) == []
    VerlWriter().finish(tmp_path / "first", 20)
    assert requested(project) == ["second/0", "second/40"]


def test_a_checkpoint_that_its_writer_calls_incomplete_is_never_taken(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    AbsenceWriter().write(tiny_run / "checkpoint-10", tmp_path / "exp", 20)
    project = project_of(tmp_path / "exp", tiny_base, tmp_path / "home", settle_seconds=0)
    first = plan(look(project), {}, settle_seconds=0)
    for once in (False, True):
        later = plan(look(project), first.known, settle_seconds=0, once=once, now=lambda: 1e12)
        assert later.requests == ()
    assert ".incomplete is still there" in later.notes[0]
    AbsenceWriter().finish(tmp_path / "exp", 20)
    # The base had waited for a chat template, since it has none of its own.
    assert requested(project, dict(later.known)) == ["exp/0", "exp/20"]


@by_layout
def test_a_run_keeps_its_name_when_it_moves_and_another_run_does_not_get_it(
    writer: Writer, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    store = Store(tmp_path / "home")

    def take(path: Path) -> str:
        options = {"model": None, "step": None, "method": "rl", "settings": Settings(), "store": store}
        probe = probe_of_folders(path, tiny_base, layouts=EVERY, **options)
        claim(probe)
        return probe.checkpoint.key

    def place(folder: str, source: str, step: int) -> Path:
        writer.write(tiny_run / source, tmp_path / folder / "exp", step)
        return writer.finish(tmp_path / folder / "exp", step)

    assert take(place("a", "checkpoint-10", 20)) == "exp/20"
    assert take(place("a", "checkpoint-20", 40)) == "exp/40"
    with pytest.raises(CheckpointError, match=f"belongs to {tmp_path / 'a' / 'exp'}"):
        take(place("b", "checkpoint-20", 60))
    (tmp_path / "a").rename(tmp_path / "c")
    with pytest.raises(CheckpointError, match="belongs to"):
        take(writer.path(tmp_path / "b" / "exp", 60))
    assert take(place("c", "checkpoint-20", 60)) == "exp/60"


NAMES = st.sampled_from(["exp", "my run", "lr=1e-5", "实验1", "step_7", "checkpoint", "v1.2_b"])


WRITTEN = st.tuples(st.sampled_from(WRITERS), st.integers(1, 10**8))


@given(NAMES, st.lists(WRITTEN, min_size=1, max_size=4, unique_by=lambda each: each[1]))
@settings(max_examples=25)
def test_command_line_noise_sensor_and_key_agree(name: str, written: list[tuple[Writer, int]]) -> None:
    """For every checkpoint of any mixture of layouts in one run folder."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary).resolve()
        root, base = home / "runs" / name, source_in(home / "base")
        paths = {}
        for writer, step in written:
            writer.write(base, root, step)
            paths[step] = writer.finish(root, step)
        project = project_of(root, base, home / "store", settle_seconds=0, pin="off")
        (model,) = {run.model for run in project.settings.runs}
        assert model == model_of(root)
        assert set(requested(project)) == {f"{model}/0", *(f"{model}/{step}" for step in paths)}
        common = {"model": None, "step": None, "settings": project.settings, "store": project.store, "layouts": EVERY}
        for step, path in paths.items():
            key = f"{model}/{step}"
            checkpoint = project.probe(key).checkpoint
            assert probe_of_folders(path, base, method="rl", **common).checkpoint == checkpoint
            alone = probe_of_checkpoint(path, **common).checkpoint
            assert (alone.key, alone.path, alone.run_folder) == (key, path, root)
            assert (checkpoint.path, checkpoint.run_folder) == (path, root)


def source_in(folder: Path) -> Path:
    """A folder with the smallest weights, configuration and tokenizer that can be digested."""
    folder.mkdir()
    save_file({"weight": torch.ones(2)}, folder / "model.safetensors")
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    return folder
