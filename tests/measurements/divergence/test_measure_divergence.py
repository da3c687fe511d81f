"""Divergence of a probe on every source of its settings, with the base's pass made once."""

from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.divergence.divergence_settings import DivergenceSettings
from skillprobe_core.measurements.divergence.measure_divergence import measure
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings


@pytest.fixture(scope="module")
def project(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=2, kinds=("column_sum",)),
        sampling=SamplingSettings(max_new_tokens=4),
        compute=ComputeSettings(backend="transformers", device="cpu"),
        divergence=DivergenceSettings(texts=("reference", "base", "own")),
        settle_seconds=0,
        runs=(RunSettings(folder=tiny_run, base=tiny_base, model="m"),),
    )
    project = Project(settings, Store(tmp_path_factory.mktemp("store")))
    for name in ("checkpoints", "generations"):
        run_table(table_named(name), project.probe("m/10"))
    return project


def test_every_source_has_a_row_per_item_in_the_order_of_the_settings(project: Project) -> None:
    found = measure(project.probe("m/10"), with_tokens=True)
    source = next(name for name in found.items.columns if name in {"text_source", "text"})
    assert found.items[source].unique(maintain_order=True).to_list() == ["reference", "base", "own"]
    assert found.items.height == 3 * 2
    assert found.items["forward_kl"].min() > 0
    assert found.tokens is not None
    assert found.tokens.height == found.items["tokens"].sum()


def test_a_base_has_not_moved_from_itself(project: Project) -> None:
    found = measure(project.probe("m/0"))
    assert found.items["forward_kl"].to_list() == [0.0] * 6
    assert found.tokens is None


def test_the_bases_states_stay_and_a_checkpoints_do_not(project: Project) -> None:
    measure(project.probe("m/10"))
    scratch = project.store.root / "_work"
    kept = {file: file.stat().st_ino for file in (scratch / "base_states").iterdir()}
    assert kept
    measure(project.probe("m/10"))
    assert {file: file.stat().st_ino for file in (scratch / "base_states").iterdir()} == kept
    assert list((scratch / "own_states").iterdir()) == []
