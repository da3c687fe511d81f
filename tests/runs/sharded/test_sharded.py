"""Evaluations of a run in shards, of the same run converted by a command, and of the same weights as a model."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.project import Project
from skillprobe_core.project.watch_runs import watch_runs
from skillprobe_core.runs.pins import HIDDEN

SETTINGS = """
settle_seconds = 0
[scratch]
free_gigabytes = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
"""
MODELS = ("saved", "sharded", "converted")


@dataclass(frozen=True)
class Evaluated:
    """A project after its evaluation, and what was left in scratch then."""

    project: Project
    copies: tuple[Path, ...]
    finished: bool
    pins: bool


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, shards: Path, tiny_base: Path, tiny_run: Path) -> Evaluated:
    top = tmp_path_factory.mktemp("sharded runs")
    shutil.copytree(tiny_run / "checkpoint-10", top / "saved" / "checkpoint-10")
    for name in MODELS[1:]:
        shutil.copytree(shards / "fsdp", top / name)
    converter = Path(__file__).with_name("dcp_converter.py")
    command = f"{sys.executable} {converter} {{folder}}/pytorch_model_fsdp_0 {{base}} {{out}}"
    runs = "".join(
        f'\n[[runs]]\nfolder = "{top / name}"\nbase = "{tiny_base}"\nmodel = "{name}"\n'
        + (f"convert = '{command}'\n" if name == "converted" else "")
        for name in MODELS
    )
    (top / "home").mkdir()
    (top / "home" / "skillprobe.toml").write_text(SETTINGS + runs)
    project = Project.at(top / "home")
    for evaluation in watch_runs(project, once=True, every=0):
        assert evaluation.error is None, evaluation
    copies = tuple(place for place in project.scratch.copies.iterdir() if place.is_dir())
    finished = all((place / "finished").exists() for place in copies)
    return Evaluated(project, copies, finished, (top / HIDDEN).exists())


@pytest.fixture
def project(evaluated: Evaluated) -> Project:
    return evaluated.project


def rows(project: Project, table: Table, model: str) -> pl.DataFrame:
    protocol = project.evaluation.digest if table.by_protocol else None
    frame = project.store.read(table, Partition.checkpoint(model, 10, protocol))
    return frame.drop("model", *(name for name in frame.columns if "seconds" in name or name == "created_at"))


@pytest.mark.parametrize("table", [VERDICTS, GENERATIONS, LOGIT_DIVERGENCE], ids=lambda table: table.name)
def test_behaviour_is_the_same(project: Project, table: Table) -> None:
    saved, sharded, converted = (rows(project, table, model) for model in MODELS)
    assert saved.height
    assert sharded.equals(saved, null_equal=True)
    assert converted.equals(saved, null_equal=True)


def test_statistics_of_weights_are_the_same(project: Project) -> None:
    saved, sharded, converted = (rows(project, PARAMETER_STATS, model) for model in MODELS)
    assert converted.equals(saved, null_equal=True)
    # FSDP also stores the head, which the configuration ties to the embedding, so that the row has its shape and type.
    head = pl.col("tensor") == "lm_head.weight"
    assert sharded.filter(~head).equals(saved.filter(~head), null_equal=True)
    described = ["base_tensor", "shape", "elements", "base_dtype", "dtype"]
    assert sharded.filter(head).drop(described).equals(saved.filter(head).drop(described), null_equal=True)
    assert sharded.filter(head)["status"].to_list() == ["tied"]


def test_tensors_have_the_same_digest(project: Project) -> None:
    found = {model: project.probe(f"{model}/10").tensors_digest for model in MODELS}
    assert len(set(found.values())) == 1


def test_copies_and_pins_are_released_when_no_table_needs_them(evaluated: Evaluated) -> None:
    (left,) = evaluated.copies  # of the converted run, whose next checkpoint will be compared with it
    assert (left / "config.json").exists()
    assert evaluated.finished
    assert not evaluated.pins
