"""The noise floor that applies: of the protocol itself, or of one that differs in its items alone."""

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.noise.stored_noise import noise_protocol, stored_noise
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol, current_protocol, record
from skillprobe_core.models.prompts import TEMPLATE_RULES
from tests.filling import filled


@pytest.fixture
def store(study: Store, tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(study.root, tmp_path / "store")))


def measured(store: Store, protocol: str, *models: str) -> None:
    for model in models:
        rows = pl.DataFrame({"model": model, "step": [0], "item_set": "s", "variation": "repeat", "skill": "all"})
        store.write(
            NOISE_FLOOR, Partition.checkpoint(model, 0, protocol), filled(NOISE_FLOOR, rows), Provenance("n", "1")
        )


def like(store: Store, **changes: object) -> Protocol:
    """The store's protocol on other items, or changed further; recorded."""
    own = Protocol(current_protocol(store).item_set, "0 shots", TEMPLATE_RULES["shared"], "{}", 256)
    other = replace(own, **{"item_set": "f" * 16, **changes})  # type: ignore[arg-type]
    record(store, other, "other", "1" * 16, items_of_set(store, own.item_set).head(int(str(changes.get("rows", 5)))))
    return other


def test_without_a_measurement_there_is_none(store: Store) -> None:
    protocol = current_protocol(store).protocol
    assert noise_protocol(store, protocol) is None
    empty = stored_noise(store, protocol, ["planted-rl"])
    assert empty.is_empty()
    assert empty.schema == NOISE_FLOOR.polars_schema


def test_that_of_other_items_counts_and_the_own_counts_more(store: Store) -> None:
    protocol, other = current_protocol(store).protocol, like(store).digest
    measured(store, other, "planted-sft")
    assert noise_protocol(store, protocol) == other
    measured(store, protocol, "planted-sft")
    assert noise_protocol(store, protocol) == protocol


@pytest.mark.parametrize("change", [{"prompts": "1 shots of seed 0"}, {"max_new_tokens": 8}])
def test_that_of_other_prompts_or_limits_does_not(change: dict[str, object], store: Store) -> None:
    measured(store, like(store, **change).digest, "planted-sft")
    assert noise_protocol(store, current_protocol(store).protocol) is None


def test_the_models_own_rows_are_taken_and_else_all(store: Store) -> None:
    protocol = current_protocol(store).protocol
    measured(store, protocol, "planted-sft", "third")
    assert set(stored_noise(store, protocol, ["planted-sft"])["model"]) == {"planted-sft"}
    assert set(stored_noise(store, protocol, ["planted-rl"])["model"]) == {"planted-sft", "third"}
