"""A project: from a key to the checkpoint behind it."""

from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import SamplingSettings
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
