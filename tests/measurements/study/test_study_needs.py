"""The inputs of a study follow the rows of all checkpoints that it reads."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import Need
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study import study_needs
from skillprobe_core.measurements.study.study_needs import DIVERGENCE_OF_ALL, VERDICTS_OF_ALL, WEIGHTS_OF_ALL
from skillprobe_core.measurements.study.study_subject import study_of
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS


def inputs(store: Store, need: Need, targets: tuple[str, ...] = ("math",)) -> dict[str, str]:
    protocol = current_protocol(store).protocol
    return dict(need.versions(study_of(store, protocol, [], judged_items(store, protocol), targets)))


@pytest.fixture
def store(study: Store, tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(study.root, tmp_path / "store")))


@pytest.mark.parametrize(
    ("table", "need", "others"),
    [(VERDICTS, VERDICTS_OF_ALL, DIVERGENCE_OF_ALL), (LOGIT_DIVERGENCE, DIVERGENCE_OF_ALL, WEIGHTS_OF_ALL)],
)
def test_rows_that_change_are_another_input_and_no_other_input_changes(
    table, need: Need, others: Need, store: Store
) -> None:
    before, elsewhere = inputs(store, need), inputs(store, others)
    part = Partition.checkpoint("planted-rl", 100, current_protocol(store).protocol)
    store.write(table, part, store.read(table, part), Provenance("computed again", "2"))
    assert inputs(store, need) != before
    assert inputs(store, others) == elsewhere


def test_models_targets_and_items_are_inputs(store: Store) -> None:
    assert inputs(store, study_needs.MODELS) == {"models": "planted-rl, planted-sft"}
    assert inputs(store, study_needs.ITEMS) == {"items": current_protocol(store).item_set}
    assert inputs(store, study_needs.TARGETS) != inputs(store, study_needs.TARGETS, ("science",))
