"""A project: from a key to the checkpoint behind it."""

from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

ITEM_SETTINGS = ItemSettings(levels=(1,), per_level=1)


SAMPLING = SamplingSettings(max_new_tokens=6)


def project_of(store: Path, base: Path, *runs: Path) -> Project:
    settings = Settings(
        items=ITEM_SETTINGS,
        sampling=SAMPLING,
        settle_seconds=0,
        runs=tuple(RunSettings(folder=run, base=base, method="sft") for run in runs),
    )
    return Project(settings, Store(store))


def test_unknown_keys_name_what_was_searched(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    project = project_of(tmp_path / "store", tiny_base, tiny_run)
    with pytest.raises(SettingsError, match=rf"'nobody'[\s\S]*{tiny_run}"):
        project.probe("nobody/10")
    with pytest.raises(CheckpointError, match=rf"{tiny_run}: no checkpoint of step 11 here \(steps found: 10, 20\)"):
        project.probe("tiny-sft/11")
    with pytest.raises(CheckpointError, match="write MODEL/STEP"):
        project.probe("tiny-sft/0010")


def test_a_key_leads_to_the_checkpoint_its_base_and_the_one_before(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    project = project_of(tmp_path / "store", tiny_base, tiny_run)
    probe = project.probe("tiny-sft/20")
    assert (probe.checkpoint.path, probe.base.path) == (tiny_run / "checkpoint-20", tiny_base)
    assert probe.previous is not None
    assert probe.previous.step == 10
    base = project.probe("tiny-sft/0")
    assert base.is_base
    assert base.run == tiny_run


def test_keys_are_those_of_all_runs_that_can_be_read(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    project = project_of(tmp_path / "store", tiny_base, tiny_run, tmp_path / "gone")
    assert list(project.keys()) == ["tiny-sft/0", "tiny-sft/10", "tiny-sft/20"]


def test_a_project_is_opened_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    (tmp_path / "skillprobe.toml").write_text("settle_seconds = 7\n")
    project = Project.open()
    assert project.store.root == tmp_path
    assert project.settings.settle_seconds == 7


def test_items_and_protocol_are_decided_once_and_examples_do_not_change_the_set(tmp_path: Path) -> None:
    small = Settings(items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)))
    plain = Project(small, Store(tmp_path))
    shots = Project(small.model_copy(update={"prompts": PromptSettings(shots=2)}), Store(tmp_path))
    assert plain.evaluation.item_set == shots.evaluation.item_set
    assert plain.evaluation != shots.evaluation
    assert "examples" not in plain.items.columns
    assert shots.items["examples"].list.len().unique().to_list() == [2]
    assert plain.protocol().protocol == plain.evaluation.digest
    assert plain.protocol(shots.evaluation.digest[:8]).protocol == shots.evaluation.digest
