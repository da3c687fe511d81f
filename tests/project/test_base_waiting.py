"""A base without a template waits while the first checkpoint is being written, and for nothing else."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.base_waiting import has_template
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watching import look, plan
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.run_settings import RunSettings

TEMPLATE = "{% for m in messages %}{{ m['content'] }}{% endfor %}"


@pytest.fixture
def places(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A base, and a run whose only checkpoint lacks the trainer's last file."""
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    _age(base)
    run = tmp_path / "run"
    shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-10", ignore=shutil.ignore_patterns("trainer_state*"))
    os.utime(run / "checkpoint-10" / "model.safetensors")
    return base, run


def _age(folder: Path) -> None:
    """Make all files as old as those that nobody writes any more."""
    for file in folder.iterdir():
        os.utime(file, (time.time() - 900, time.time() - 900))


def requested(places: tuple[Path, Path], store: Path, prompts: PromptSettings | None = None) -> list[str]:
    base, run = places
    settings = Settings(
        prompts=prompts or PromptSettings(), settle_seconds=300, runs=(RunSettings(folder=run, base=base, model="m"),)
    )
    planned = plan(look(Project(settings, Store(store))), {}, settle_seconds=300)
    if not planned.requests:
        assert any("waits for that of its first complete checkpoint" in note for note in planned.notes)
    return [request.key for request in planned.requests]


def test_a_base_without_a_template_waits_for_the_first_complete_checkpoint(places, tmp_path: Path) -> None:
    assert requested(places, tmp_path / "store") == []
    (places[1] / "checkpoint-10" / "trainer_state.json").write_text(json.dumps({"global_step": 10}))
    assert requested(places, tmp_path / "store") == ["m/0", "m/10"]


def test_it_does_not_wait_for_a_checkpoint_that_nobody_writes_any_more(places, tmp_path: Path) -> None:
    (places[1] / "checkpoint-10" / "model.safetensors").write_bytes(b"cut")
    _age(places[1] / "checkpoint-10")
    assert requested(places, tmp_path / "store") == ["m/0"]


@pytest.mark.parametrize("prompts", [{"template": "own"}, {"template": "none"}, {"template_file": "x.jinja"}])
def test_it_does_not_wait_where_the_settings_decide(places, tmp_path: Path, prompts: dict[str, str]) -> None:
    assert requested(places, tmp_path / "store", PromptSettings(**prompts)) == ["m/0"]


@pytest.mark.parametrize("file", ["chat_template.jinja", "chat_template.json", "tokenizer_config.json"])
def test_a_base_with_a_template_does_not_wait(places, tmp_path: Path, file: str) -> None:
    base = places[0]
    assert not has_template(ModelFiles.of(base))
    content = TEMPLATE
    if file != "chat_template.jinja":
        there = json.loads((base / file).read_text()) if (base / file).exists() else {}
        content = json.dumps({**there, "chat_template": TEMPLATE})
    (base / file).write_text(content)
    _age(base)
    assert has_template(ModelFiles.of(base))
    assert requested(places, tmp_path / "store") == ["m/0"]


def test_files_that_are_damaged_hold_no_template(places) -> None:
    (places[0] / "tokenizer_config.json").write_text("{")
    assert not has_template(ModelFiles.of(places[0]))
