"""The study finds what was planted, is kept, and is made again only when something changed."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_subject import find_study, write_study
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

TARGETS = ("calculation",)


def judged(store: Store) -> tuple[str, pl.DataFrame]:
    """The protocol of the planted results, and its items."""
    protocol = current_protocol(store).protocol
    return protocol, judged_items(store, protocol)


def test_it_is_kept_and_made_again_when_verdicts_change(study: Store, tmp_path: Path) -> None:
    store = Store(Path(shutil.copytree(study.root, tmp_path / "copy")))
    protocol, items = judged(store)
    assert not write_study(store, protocol, [], items, TARGETS).reused
    again = write_study(store, protocol, [], items, TARGETS)
    assert again.reused
    part = Partition.of_protocol(protocol)
    for table in study_tables():
        assert again.frames[table.name].equals(store.read(table, part))
        assert again.frames[table.name].height
    assert not find_study(store, protocol, ["planted-rl"], items, TARGETS).reused
    assert not find_study(store, protocol, [], items, ["math"]).reused
    wider = find_study(store, protocol, [], items, TARGETS, margin=0.3)
    assert not wider.reused
    assert wider.frames["study_tests"]["margin"].unique().to_list() == [0.3]
    assert wider.frames["study_tests"]["collapse"].sum() < again.frames["study_tests"]["collapse"].sum()
    one = Partition.checkpoint("planted-rl", 100, protocol)
    store.write(VERDICTS, one, store.read(VERDICTS, one), Provenance("rejudged", "2"))
    assert not find_study(store, protocol, [], items, TARGETS).reused


def test_what_nobody_knows_is_refused(study: Store, tmp_path: Path) -> None:
    protocol, items = judged(study)
    with pytest.raises(StoreError, match="no model named 'nun'"):
        find_study(study, protocol, ["nun"], items, TARGETS)
    with pytest.raises(SettingsError, match="'maths' matches no cell"):
        find_study(study, protocol, [], items, ["maths"])
    with pytest.raises(StoreError, match="no results yet"):
        current_protocol(Store(tmp_path))
    with pytest.raises(StoreError, match="nothing was evaluated under protocol"):
        judged_items(study, "0" * 16)
