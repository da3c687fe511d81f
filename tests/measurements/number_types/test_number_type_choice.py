"""A base's number type: chosen once, kept, followed by its checkpoints, and shown with its reason."""

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from typer.testing import CliRunner

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.machine import fast_number_types as number_types
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.divergence.representation_shift_table import REPRESENTATION_SHIFT
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.number_types.number_type_choice import faster_here, number_type
from skillprobe_core.measurements.number_types.number_types_table import NUMBER_TYPES
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.noise_of_checkpoint import noise_floor
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.show.cli.main import app
from tests.conftest import write_tiny_checkpoint

CPU = ComputeSettings(backend="transformers", device="cpu")
MEASURED = (GENERATIONS, LOGIT_DIVERGENCE, REPRESENTATION_SHIFT)


@pytest.fixture(scope="module")
def half_base(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base stored in bfloat16."""
    folder = tmp_path_factory.mktemp("half") / "base"
    AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.bfloat16).save_pretrained(folder)
    PreTrainedTokenizerFast.from_pretrained(tiny_base).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def half_run(half_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of it, stored in float32 as trainers with float32 masters do."""
    run = tmp_path_factory.mktemp("runs") / "half-sft"
    folder = write_tiny_checkpoint(run, half_base, 10)
    AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).save_pretrained(folder)
    return run


def probe_of(base: Path, run: Path, store: Path, compute: ComputeSettings = CPU) -> Probe:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum", "numbers_in_range")),
        sampling=SamplingSettings(max_new_tokens=6),
        compute=compute,
    )
    start = Checkpoint.in_folder("half-sft", 0, base, "base")
    return Probe(
        Checkpoint.in_folder("half-sft", 10, run / "checkpoint-10", "sft"), start, Project(settings, Store(store))
    )


def of(base: Path, store: Path, compute: ComputeSettings = CPU) -> Probe:
    start = Checkpoint.in_folder("half", 0, base, "base")
    return Probe(start, start, Project(Settings(compute=compute), Store(store)))


def on_a_processor(monkeypatch: pytest.MonkeyPatch, slowdown: float) -> None:
    """Stand on a processor on which 16 bits take `slowdown` times as long as 32."""
    monkeypatch.setattr(number_types, "slowdown", lambda _: slowdown)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_whole_chain_runs_in_each_type_that_is_set(dtype: str, half_base: Path, half_run: Path, tmp_path: Path):
    probe = probe_of(half_base, half_run, tmp_path, CPU.model_copy(update={"dtype": dtype}))
    run_tables(probe)
    for each in (probe, probe.of_base):
        for table in MEASURED:
            assert each.stored(table)["dtype"].unique().to_list() == [dtype], table.name
    divergence = probe.stored(LOGIT_DIVERGENCE).filter(pl.col("tokens") > 0)
    assert divergence["forward_kl"].is_finite().all()
    assert divergence["forward_kl"].max() > 0
    assert probe.of_base.stored(LOGIT_DIVERGENCE)["forward_kl"].max() == 0
    assert probe.stored(PROFILE_TESTS).height
    why = Store(tmp_path).read(NUMBER_TYPES, Partition.base(probe.base_identity.digest, dtype)).row(0, named=True)
    assert (why["dtype"], why["stored_dtype"]) == (dtype, "bfloat16")
    assert "[compute]" in why["reason"]


@pytest.mark.parametrize(("slowdown", "dtype"), [(9.0, "float32"), (0.5, "bfloat16")])
def test_a_base_and_its_checkpoints_run_in_one_type(
    slowdown: float, dtype: str, half_base: Path, half_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    on_a_processor(monkeypatch, slowdown)
    probe = probe_of(half_base, half_run, tmp_path)
    run_tables(probe)
    for table in MEASURED:
        types = {*probe.stored(table)["dtype"], *probe.of_base.stored(table)["dtype"]}
        assert types == {dtype}, table.name


def test_another_machine_follows_the_choice_and_says_what_it_would_choose(
    half_base: Path, half_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    on_a_processor(monkeypatch, 0.5)
    first = probe_of(half_base, half_run, tmp_path)
    run_tables(first)
    assert first.faster_here() is None
    on_a_processor(monkeypatch, 9.0)
    second = probe_of(half_base, half_run, tmp_path)
    assert second.number_type == first.number_type
    assert all(result.reused for result in run_tables(second))
    hint = second.faster_here()
    assert hint is not None
    assert "float32 would be faster" in hint
    # The remedy, followed: the folder that it names is deleted, and everything is evaluated again.
    folder = Store(tmp_path).path(NUMBER_TYPES, Partition.base(second.base_identity.digest, "auto")).parent
    assert str(folder) in hint
    shutil.rmtree(folder)
    third = probe_of(half_base, half_run, tmp_path)
    assert third.number_type.dtype == "float32"
    assert third.faster_here() is None
    assert {result.table for result in run_tables(third) if not result.reused} >= {table.name for table in MEASURED}
    assert third.stored(GENERATIONS)["dtype"].unique().to_list() == ["float32"]


def test_settings_decide_before_the_store(half_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    on_a_processor(monkeypatch, 9.0)
    assert number_type(of(half_base, tmp_path)).dtype == "float32"
    forced = CPU.model_copy(update={"dtype": "bfloat16"})
    assert number_type(of(half_base, tmp_path, forced)).dtype == "bfloat16"
    assert faster_here(of(half_base, tmp_path, forced)) is None
    assert number_type(of(half_base, tmp_path)).dtype == "float32"


def test_a_checkpoint_measured_by_itself_follows_its_base(
    half_base: Path, half_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    on_a_processor(monkeypatch, 0.5)
    probe = probe_of(half_base, half_run, tmp_path)
    run_tables(probe)
    alone = replace(probe, base=probe.checkpoint)
    assert alone.number_type == probe.number_type
    frame, _ = noise_floor(alone)
    assert "bfloat16" in frame["baseline_backend"][0]
    # Never evaluated against a base, it is its own: stored in float32.
    assert replace(alone, project=Project(alone.settings, Store(tmp_path / "new"))).number_type.dtype == "float32"


def test_weights_of_other_types_are_run_in_the_type_that_they_stand_for(
    half_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from safetensors.torch import load_file, save_file

    on_a_processor(monkeypatch, 0.5)
    folder = tmp_path / "fp8"
    shutil.copytree(half_base, folder)
    codes = {name: weight.to(torch.float8_e4m3fn) for name, weight in load_file(folder / "model.safetensors").items()}
    save_file(codes, folder / "model.safetensors", {"format": "pt"})
    assert number_type(of(folder, tmp_path)).dtype == "bfloat16"


def test_probe_says_which_type_it_uses_and_sql_shows_why(
    half_base: Path, half_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    (tmp_path / "skillprobe.toml").write_text('[items]\nkinds = ["column_sum"]\n[compute]\ndevice = "cpu"\n')
    on_a_processor(monkeypatch, 9.0)
    options = ["--levels", "1", "--per-level", "1", "--max-new-tokens", "4"]
    done = CliRunner().invoke(app, ["probe", str(half_run / "checkpoint-10"), "--base", str(half_base), *options])
    assert done.exit_code == 0, done.output
    assert "number type float32: a product in bfloat16 takes 9 times" in done.output
    query = (
        "SELECT g.step, g.dtype, n.reason FROM generations g JOIN checkpoints c USING (model, step) "
        "JOIN number_types n ON n.base = c.base AND n.dtype = g.dtype"
    )
    answer = CliRunner().invoke(app, ["sql", "--format", "csv", query])
    assert answer.output.count("9 times") == 2, answer.output
