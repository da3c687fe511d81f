"""Item sets that have results, and steps that lack them under one protocol."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items, steps_without
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS


def test_the_items_are_those_of_the_protocol(study: Store) -> None:
    protocol = current_protocol(study)
    items = judged_items(study, protocol.protocol)
    assert items["item_set"].unique().to_list() == [protocol.item_set]
    part = Partition.checkpoint("planted-rl", 0, protocol.protocol)
    assert set(study.read(VERDICTS, part)["item_id"]) == set(items["item_id"])


def test_a_protocol_without_results_is_not_judged(study: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing was evaluated under protocol 0000"):
        judged_items(study, "0" * 16)
    store = Store(Path(shutil.copytree(study.root, tmp_path / "store")))
    shutil.rmtree(store.root / "verdicts")
    with pytest.raises(StoreError, match="no results yet"):
        judged_items(store, current_protocol(store).protocol)


def test_steps_under_another_protocol_alone_are_named(study: Store, tmp_path: Path) -> None:
    store = Store(Path(shutil.copytree(study.root, tmp_path / "store")))
    protocol, other = current_protocol(store).protocol, "0" * 16
    assert steps_without(store, protocol, "planted-rl") == []
    for step in (100, 300):
        path = store.path(VERDICTS, Partition.checkpoint("planted-rl", step, protocol))
        path.rename(path.with_name(f"{other}.parquet"))
    assert steps_without(store, protocol, "planted-rl") == [100, 300]
    assert steps_without(store, other, "planted-rl") == [0, 200]
    assert steps_without(store, protocol, "nobody") == []
