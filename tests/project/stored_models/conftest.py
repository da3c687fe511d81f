"""A store with two planted models and their study."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_subject import write_study

_KEPT = {"_work", "checkpoints", "profile_tests", "items", "protocols", "study_points", "matched_gain"}


@pytest.fixture(scope="session")
def studied(study: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The planted models with the tables of a study; do not change it (copy it first)."""
    store = Store(shutil.copytree(study.root, tmp_path_factory.mktemp("studied") / "store"))
    store.scratch("names")  # claims of some models are added by hand
    protocol = current_protocol(store).protocol
    write_study(store, protocol, (), judged_items(store, protocol), ("math",))
    return store


@pytest.fixture
def store(studied: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(studied.root, tmp_path / "store"))


@pytest.fixture
def small(studied: Store, tmp_path: Path) -> Store:
    """The same with two steps and two tables of each model, and two of the study, to be copied often."""
    store = Store(shutil.copytree(studied.root, tmp_path / "small"))
    for folder in store.root.iterdir():
        if folder.name not in _KEPT:
            shutil.rmtree(folder)
    for folder in [*store.root.glob("*/model=*/step=200"), *store.root.glob("*/model=*/step=300")]:
        shutil.rmtree(folder)
    return store
