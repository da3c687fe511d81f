"""The noise floor of a checkpoint: measured once for one set of bytes."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.noise_of_checkpoint import noise_floor
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

KINDS = ("column_sum", "energy_levels", "numbers_in_range", "contradiction")


@pytest.fixture(scope="module")
def measured(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Probe, pl.DataFrame]:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=2, kinds=KINDS),
        sampling=SamplingSettings(max_new_tokens=6, temperature=0.7, samples=2),
        compute=ComputeSettings(backend="transformers", device="cpu"),
    )
    base = Checkpoint.in_folder("tiny", 0, tiny_base, "base")
    probe = Probe(base, base, Project(settings, Store(tmp_path_factory.mktemp("store"))))
    return probe, noise_floor(probe)[0]


def test_it_is_measured_once_for_one_set_of_bytes(measured: tuple[Probe, pl.DataFrame]) -> None:
    probe, frame = measured
    again, reused = noise_floor(probe)
    assert reused
    assert again.equals(frame)
    sampling = replace(probe.settings.sampling, max_new_tokens=4)
    settings = probe.settings.model_copy(update={"sampling": sampling})
    changed = replace(probe, project=Project(settings, probe.store))
    assert not noise_floor(changed)[1]
