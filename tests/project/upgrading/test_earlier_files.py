"""Files of an earlier version: which a store holds, and nothing of this version among them."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.project.settings import load_settings
from skillprobe_core.project.upgrading.earlier_files import of_checkpoints, of_studies
from skillprobe_core.project.upgrading.upgrade_store import upgrade

BEFORE = Path(__file__).parents[2] / "data" / "store_before_protocols"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(BEFORE, tmp_path / "store")))


def test_every_file_of_the_fixture_is_found_with_its_rows(store: Store) -> None:
    found = of_checkpoints(store)
    assert {file.model for file in found} == {"tiny-sft"}
    assert {file.step for file in found} == {0, 10, 20}
    for table in {file.table.name for file in found}:
        steps = [file.step for file in found if file.table.name == table]
        assert steps == sorted(steps)
    for file in found:
        rows = file.rows()
        assert rows["step"].unique().to_list() == [file.step]
        assert "protocol" not in rows.columns
        assert file.path.name == "part.parquet"


def test_studies_without_a_protocol_are_found(store: Store) -> None:
    found = of_studies(store)
    assert {path.parent.parent.name for path in found} >= {"change_onsets", "law_fits", "matched_gain"}
    assert not [path for path in found if path.parent.name.startswith("protocol=")]


def test_after_an_upgrade_nothing_is_from_an_earlier_version(store: Store) -> None:
    upgrade(load_settings(store.root / "skillprobe.toml"), store)
    assert of_checkpoints(store) == []
    assert of_studies(store) == []
    assert of_checkpoints(Store(store.root / "nowhere")) == []
