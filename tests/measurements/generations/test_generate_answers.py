"""Completions of a probe's checkpoint: all items, resumed from the log, refused for ids without a row."""

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.generations.generate_answers import generated
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings, PromptSettings
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

SETTINGS = Settings(
    items=ItemSettings(levels=(1,), per_level=2, kinds=("column_sum",)),
    sampling=SamplingSettings(max_new_tokens=3),
    compute=ComputeSettings(backend="transformers", device="cpu"),
)


def probe_of(folder: Path, store: Path, settings: Settings = SETTINGS) -> Probe:
    checkpoint = Checkpoint.in_folder("m", 0, folder, "base")
    return Probe(checkpoint, checkpoint, Project(settings, Store(store)))


def test_every_item_is_answered_once_and_a_second_time_from_the_log(tiny_base: Path, tmp_path: Path) -> None:
    probe = probe_of(tiny_base, tmp_path)
    frame = GENERATIONS.conform(generated(probe))
    assert set(frame["item_id"]) == set(probe.items["item_id"])
    assert frame["completion_tokens"].max() <= 3
    (chunk,) = (tmp_path / "_work" / "generations").glob("*/*.parquet")
    planted = pl.read_parquet(chunk).with_columns(completion=pl.lit("from the log"))
    planted.write_parquet(chunk)
    assert set(generated(probe_of(tiny_base, tmp_path))["completion"]) == {"from the log"}


def test_other_prompts_are_answered_again(tiny_base: Path, tmp_path: Path) -> None:
    plain = generated(probe_of(tiny_base, tmp_path))
    shots = generated(probe_of(tiny_base, tmp_path, SETTINGS.model_copy(update={"prompts": PromptSettings(shots=1)})))
    assert shots["prompt_tokens"].min() > plain["prompt_tokens"].max()
    assert set(shots["prompt_digest"]).isdisjoint(plain["prompt_digest"])


def test_a_token_without_a_row_is_refused_before_anything_is_generated(tiny_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "model"))
    tokenizer = load_tokenizer(folder)
    tokenizer.add_tokens(["Add", "What", "sum", "total", "is", "and", "the"])
    tokenizer.save_pretrained(folder)
    probe = replace(probe_of(folder, tmp_path / "store"))
    with pytest.raises(CheckpointError, match="is used and has no row"):
        generated(probe)
    assert not list((tmp_path / "store").glob("_work/generations/*/*"))
