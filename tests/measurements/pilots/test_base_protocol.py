"""A base whose levels a pilot chooses has one protocol and one item set, which all its checkpoints share."""

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import ItemError, SettingsError, StoreError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.pilots.base_protocol import (
    chosen_levels,
    pilot_of,
    protocol_of_base_unrecorded,
)
from skillprobe_core.measurements.protocols.evaluation_protocol import chosen_protocol, current_protocol, records
from skillprobe_core.models.backends import transformers_backend
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint
from tests.conftest import write_tiny_checkpoint

from .conftest import ProbeOf


@pytest.fixture
def store(piloted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(piloted, tmp_path / "store"))


def pilots(store: Path) -> list[Path]:
    return sorted((store / "pilots").rglob("*.parquet"))


def test_items_follow_the_chosen_levels(store: Path, demo_base: Path, pilot_probe: ProbeOf, settings: Settings) -> None:
    probe = pilot_probe(demo_base, store)
    (record,) = records(Store(store))
    assert record.base == probe.base_identity.digest
    assert record.base[:8] in record.name
    rows = pilot_of(Store(store), record)
    assert rows is not None
    drawn = probe.items.group_by("kind").agg(pl.col("level").unique().sort(), pl.len())
    assert {kind: tuple(levels) for kind, levels, _ in drawn.iter_rows()} == chosen_levels(rows)
    assert set(drawn["len"]) == {3 * settings.items.per_level}


def test_models_of_one_base_share_the_items_and_the_pilot_runs_once(
    store: Path, demo_base: Path, pilot_probe: ProbeOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    write_tiny_checkpoint(run, demo_base, 10)
    before = [(path, path.read_bytes()) for path in pilots(store)]

    def refuse(*_: object) -> None:
        raise AssertionError("nothing may be generated")

    monkeypatch.setattr(transformers_backend.TransformersBackend, "complete", refuse)
    other = pilot_probe(demo_base, store, model="other")
    trained = replace(other, checkpoint=Checkpoint.in_folder("other", 10, run / "checkpoint-10", "sft"))
    first = pilot_probe(demo_base, store)
    assert other.protocol == trained.protocol == trained.of_base.protocol == first.protocol
    assert trained.items.equals(first.items)
    assert [(path, path.read_bytes()) for path in pilots(store)] == before


def test_more_items_of_the_same_base_use_the_same_pilot(
    store: Path, demo_base: Path, pilot_probe: ProbeOf, settings: Settings
) -> None:
    larger = settings.model_copy(update={"items": settings.items.model_copy(update={"per_level": 3})})
    probe = pilot_probe(demo_base, store, larger)
    assert probe.items.height == 2 * 9
    assert len(pilots(store)) == 1
    assert len(records(Store(store))) == 2


def test_another_base_has_other_items(store: Path, tiny_base: Path, demo_base: Path, pilot_probe: ProbeOf) -> None:
    demo, random = pilot_probe(demo_base, store), pilot_probe(tiny_base, store, model="random")
    assert random.item_set != demo.item_set
    assert len(pilots(store)) == 2
    found = records(Store(store))
    assert {each.base for each in found} == {demo.base_identity.digest, random.base_identity.digest}
    assert len({each.settings for each in found}) == 1
    rows = pilot_of(Store(store), next(each for each in found if each.base == random.base_identity.digest))
    assert rows is not None
    assert not rows["informative"].any()
    assert current_protocol(Store(store), demo.settings).protocol == random.protocol.digest
    named = demo.settings.model_copy(update={"protocol": demo.settings.protocol.model_copy(update={"name": "weekly"})})
    assert pilot_probe(demo_base, store, named).protocol == demo.protocol
    assert pilot_probe(tiny_base, store, named, model="random").protocol == random.protocol
    with pytest.raises(StoreError, match=rf"several protocols match 'weekly'[\s\S]*{demo.protocol.digest}"):
        chosen_protocol(Store(store), named, "weekly")


def test_what_is_recorded_is_kept_when_the_pilot_is_gone(store: Path, demo_base: Path, pilot_probe: ProbeOf) -> None:
    before = pilot_probe(demo_base, store).protocol
    shutil.rmtree(store / "pilots")
    after = pilot_probe(demo_base, store)
    assert after.protocol == before
    assert not (store / "pilots").exists()
    assert pilot_of(Store(store), records(Store(store))[0]) is None


def test_a_checkpoint_by_itself_follows_its_base_and_never_stands_for_it(
    store: Path, demo_base: Path, pilot_probe: ProbeOf, tmp_path: Path, settings: Settings
) -> None:
    run = tmp_path / "run"
    write_tiny_checkpoint(run, demo_base, 10)
    first = pilot_probe(demo_base, store)
    trained = replace(first, checkpoint=Checkpoint.in_folder("m", 10, run / "checkpoint-10", "sft"))
    run_table(CHECKPOINTS, trained)
    alone = replace(trained, base=trained.checkpoint)
    assert replace(alone, project=Project(settings, Store(store))).protocol == first.protocol
    for folder in ("protocols", "pilots"):
        shutil.rmtree(store / folder)
    with pytest.raises(SettingsError, match=r"needs the base[\s\S]*probe BASE --levels auto"):
        _ = replace(alone, project=Project(settings, Store(store))).protocol
    assert not pilots(store)


def test_a_forecast_runs_no_pilot(tmp_path: Path, store: Path, demo_base: Path, pilot_probe: ProbeOf) -> None:
    assert protocol_of_base_unrecorded(pilot_probe(demo_base, tmp_path / "new")) is None
    assert not pilots(tmp_path / "new")
    known = pilot_probe(demo_base, store)
    recorded = protocol_of_base_unrecorded(known)
    assert recorded is not None
    assert recorded[0] == known.protocol
    assert recorded[1].equals(known.items)
    shutil.rmtree(store / "protocols")
    found = protocol_of_base_unrecorded(pilot_probe(demo_base, store))
    assert found is not None
    assert found[0] == known.protocol
    assert not (store / "protocols").exists()


def test_settings_without_a_base_have_no_items(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(ItemError, match=r"without a base[\s\S]*skillprobe probe"):
        _ = Project(settings, Store(tmp_path)).evaluation
