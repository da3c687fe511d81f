"""Run folders as a store knows them: with their converters, pins and failed evaluations."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.project.failed_attempts import note_failure
from skillprobe_core.project.project import Project
from skillprobe_core.project.watched_state import as_watched, watched_state
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.pins import Pins
from skillprobe_core.runs.recognise_run import recognise
from skillprobe_core.runs.run_description import report


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "runs" / "exp"))


def project_of(home: Path, run: Path, base: Path, more: str = "") -> Project:
    home.mkdir()
    section = f'[[runs]]\nfolder = "{run}"\nbase = "{base}"\nmodel = "tuned"\n{more}'
    (home / "skillprobe.toml").write_text(f"settle_seconds = 0\n{section}")
    return Project.at(home)


def lines(project: Project, run: Path) -> list[str]:
    (found,) = as_watched(project, recognise(run, settle_seconds=0, layouts=project.layouts)).runs
    return list(watched_state(project, found))


def test_nothing_is_added_for_a_run_that_nobody_watches(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    project = project_of(tmp_path / "home", tmp_path / "other", tiny_base)
    assert lines(project, run) == []


def test_pins_name_what_the_trainer_has_deleted(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    project = project_of(tmp_path / "home", run, tiny_base)
    pins = Pins(project.scratch)
    for candidate in discover(run, "earlier-name", "sft", settle_seconds=0):
        assert pins.pin(candidate, copy=False) is None
    assert lines(project, run)[1] == "  pinned: steps 10, 20; pins alone hold 0.0 MB"
    shutil.rmtree(run / "checkpoint-10")
    shown = lines(project, run)[1]
    held = sum(pin.held() for pin in pins.of_model("earlier-name"))
    assert shown == f"  pinned: steps 10, 20, of which the trainer deleted step 10; pins alone hold {held / 1e6:.1f} MB"
    pins.forget("earlier-name")
    assert lines(project, run) == [f"  watched as model tuned with base {tiny_base}"]


def test_failed_evaluations_have_their_cause_and_what_follows(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    project = project_of(tmp_path / "home", run, tiny_base)
    for attempt in ("a", "b", "c"):
        note_failure(project.store, "tuned/20", "v", attempt, "no chat template")
    note_failure(project.store, "tuned/10", "v", "a", "out of memory")
    note_failure(project.store, "another/10", "v", "a", "of another model")
    assert lines(project, run)[1:] == [
        "  step 10 failed in 1 of 3 attempts and is evaluated again: out of memory",
        "  step 20 failed in 3 of 3 attempts and is left out until its files change, or until `skillprobe watch "
        "--retry`: no chat template",
    ]


def test_a_converter_of_the_settings_makes_checkpoints_readable(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    for folder in run.iterdir():
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    without = recognise(run, settle_seconds=0)
    text = "\n".join(report(without, tiny_base))
    assert "step 20 cannot be read: pytorch_model.bin" in text
    assert "step 10 cannot be read either. Convert it: python -c " in text
    assert text.count(str(run / "checkpoint-10")) == 1
    project = project_of(tmp_path / "home", run, tiny_base, 'convert = "merge {folder} {out}"')
    (found,) = as_watched(project, without).runs
    assert [each.checkpoint.step for each in found.complete] == [10, 20]
    assert lines(project, run)[1] == "  converted by: merge {folder} {out}"
