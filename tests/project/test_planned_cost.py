"""The cost of an evaluation is measured or unknown: stored answers, the pilot's, or a short timed generation."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.planned_cost import stored_cost, timed_cost
from skillprobe_core.project.planning import planned_items, record_of
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

SETTINGS = Settings(
    items=ItemSettings(levels=(1,), per_level=4, kinds=("column_sum",)),
    sampling=SamplingSettings(max_new_tokens=5),
    compute=ComputeSettings(backend="transformers", device="cpu", dtype="float32"),
)


def probe_of(base: Path, store: Path, settings: Settings) -> Probe:
    start = Checkpoint.in_folder("m", 0, base, "base")
    return Probe(start, start, Project(settings, Store(store)))


def test_stored_answers_give_the_tokens_and_no_time(tiny_base: Path, tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert stored_cost(store, None) is None
    probe = probe_of(tiny_base, tmp_path, SETTINGS)
    record = record_of(SETTINGS, store)
    assert record is None
    run_table(GENERATIONS, probe)
    record = record_of(SETTINGS, store)
    assert record is not None
    cost = stored_cost(store, record)
    assert cost is not None
    rows = store.read(GENERATIONS, Partition.checkpoint("m", 0, record.protocol))
    assert cost.prompt_tokens == pytest.approx(rows["prompt_tokens"].mean())
    assert cost.completion_tokens == pytest.approx(rows["completion_tokens"].mean())
    assert "m/0" in cost.because
    assert cost.seconds is None


def test_a_pilot_gives_the_tokens_before_anything_is_stored(tiny_base: Path, tmp_path: Path) -> None:
    auto = SETTINGS.model_copy(update={"items": SETTINGS.items.model_copy(update={"levels": "auto"})})
    assert probe_of(tiny_base, tmp_path, auto).items.height == 12
    cost = stored_cost(Store(tmp_path), record_of(auto, Store(tmp_path)))
    assert cost is not None
    assert "pilot" in cost.because
    assert 1 <= cost.completion_tokens <= 5
    shutil.rmtree(tmp_path / "pilots")
    assert stored_cost(Store(tmp_path), record_of(auto, Store(tmp_path))) is None


def test_a_timed_generation_measures_tokens_and_seconds_and_leaves_no_trace(tiny_base: Path, tmp_path: Path) -> None:
    items = planned_items(SETTINGS, Store(tmp_path))
    cost = timed_cost(SETTINGS, tiny_base, items)
    assert cost.seconds is not None
    assert cost.seconds > 0
    assert "transformers" in cost.device
    assert 1 <= cost.completion_tokens <= 5
    assert str(tiny_base) in cost.because
    assert cost.memory.startswith("memory on cpu: weights 0.00 GiB")
    assert "rows of" in cost.memory
    assert not [*tmp_path.iterdir()]
