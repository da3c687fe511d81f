"""An earlier name is refused to the run whose rows were renamed, and free for any other."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.given_checkpoint import probe_of_folders
from skillprobe_core.project.renamed_models import renamed_to
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.stored_models.rename_model import rename_model
from skillprobe_core.project.stored_models.store_change import Change, decide, decided, finish, staging

SETTINGS = Settings(
    items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
    sampling=SamplingSettings(max_new_tokens=2),
    settle_seconds=0,
)


def take(store: Store, folder: Path, base: Path | None, model: str | None = None) -> list[bool]:
    """Bring the first table up to date as `skillprobe probe` does; returns if the rows were reused."""
    probe = probe_of_folders(folder, base, model=model, step=None, method="sft", settings=SETTINGS, store=store)
    return [each.reused for each in run_table(CHECKPOINTS, probe)]


def test_a_renamed_run_goes_on_under_its_new_name_only(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    store, (first, second) = Store(tmp_path / "home"), (tiny_run / "checkpoint-10", tiny_run / "checkpoint-20")
    assert take(store, first, tiny_base) == [False, False]
    rename_model(store, "tiny-sft", "careful")
    for folder in (first, second):
        with pytest.raises(CheckpointError, match=r"renamed to 'careful'[\s\S]*--model careful"):
            take(store, folder, tiny_base)
    assert take(store, first, tiny_base, "careful") == [True, True]
    assert take(store, second, tiny_base, "careful") == [True, False]
    assert store.models(CHECKPOINTS) == ["careful"]

    rename_model(store, "careful", "bold")
    assert renamed_to(store, "tiny-sft", tiny_run) == renamed_to(store, "careful", tiny_run) == "bold"
    rename_model(store, "bold", "tiny-sft")
    assert take(store, second, tiny_base) == [True, True]
    with pytest.raises(CheckpointError, match="renamed to 'tiny-sft'"):
        take(store, second, tiny_base, "bold")


def test_the_earlier_name_is_free_for_another_run(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    take(store, tiny_run / "checkpoint-10", tiny_base)
    rename_model(store, "tiny-sft", "careful")
    other = Path(shutil.copytree(tiny_run, tmp_path / "other" / "tiny-sft"))
    assert take(store, other / "checkpoint-10", tiny_base) == [False, False]
    assert store.models(CHECKPOINTS) == ["careful", "tiny-sft"]


def test_nothing_is_evaluated_while_a_rename_is_interrupted(tiny_base: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    take(store, tiny_base, None, "alone")
    staging(store)
    decide(store, Change("rename alone other", ("alone", "other"), ()))
    with pytest.raises(StoreError, match="skillprobe rename alone other --yes"):
        take(store, tiny_base, None, "alone")
    change = decided(store)
    assert change is not None
    finish(store, change)
    assert take(store, tiny_base, None, "alone") == [True]
