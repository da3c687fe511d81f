"""The noise floor of real tiny checkpoints, by the command and by hand."""

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


def test_every_variation_has_a_row_for_each_skill(measured: tuple[Probe, pl.DataFrame]) -> None:
    probe, frame = measured
    skills = {"all", *probe.items["skill"]}
    for variation in ("repeat", "batch 1", "batch 7", "bfloat16"):
        assert set(frame.filter(variation=variation)["skill"]) == skills
    assert frame.filter(skill="all")["n"].unique().to_list() == [len(probe.items)]


def test_nothing_changes_in_float32_and_a_type_moves_the_distribution(measured: tuple[Probe, pl.DataFrame]) -> None:
    _, frame = measured
    again = frame.filter(pl.col("variation") == "repeat")
    assert again["forward_kl"].to_list() == [0.0] * again.height
    batches = frame.filter(pl.col("variation").str.starts_with("batch"))
    assert batches["flips"].sum() == 0
    assert batches["same_share"].min() == 1.0
    coarse = frame.filter(variation="bfloat16")
    assert 0 <= batches["forward_kl"].max() < coarse["forward_kl"].min()
    assert (coarse["flip_rate"] <= coarse["flip_rate_high"]).all()
