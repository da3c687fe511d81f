"""Pilots on the demo's base, which solves the first level of some kinds, and on random weights, which solve none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

SETTINGS = Settings(
    items=ItemSettings(levels="auto", per_level=2, kinds=("column_sum", "energy_levels")),
    sampling=SamplingSettings(max_new_tokens=64),
    compute=ComputeSettings(backend="transformers", device="cpu", dtype="float32"),
)

ProbeOf = Callable[..., Probe]


def probe_of(base: Path, store: Path, settings: Settings = SETTINGS, model: str = "m") -> Probe:
    """The probe of a base as step 0 of a model."""
    start = Checkpoint.in_folder(model, 0, base, "base")
    return Probe(start, start, Project(settings, Store(store)))


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings whose levels a pilot chooses."""
    return SETTINGS


@pytest.fixture(scope="session")
def pilot_probe() -> ProbeOf:
    """The function `probe_of`."""
    return probe_of


@pytest.fixture(scope="session")
def demo_base() -> Path:
    """The demo's base."""
    return base_model_folder()


@pytest.fixture(scope="session")
def piloted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the pilot of the demo's base; do not change it (copy it first)."""
    store = tmp_path_factory.mktemp("piloted")
    probe = probe_of(base_model_folder(), store)
    assert probe.items.height
    return store
