"""The stages that say how a checkpoint moved: texts, token rows, hidden states, spectra of the base."""

import shutil
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.measurements.divergence import hidden_states as hidden
from skillprobe_core.measurements.divergence.divergence_settings import DivergenceSettings
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.divergence.representation_shift_table import REPRESENTATION_SHIFT
from skillprobe_core.measurements.divergence.token_divergence_table import TOKEN_DIVERGENCE
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models import model_loading as loading
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.given_checkpoint import probe_of_folders
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

FIRST = ("checkpoints", "generations")


def project_of(store: Path, base: Path, run: Path, **divergence: object) -> Project:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum", "grid_walk", "digit_numbers")),
        sampling=SamplingSettings(max_new_tokens=8),
        divergence=DivergenceSettings.model_validate(divergence),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=base, model="tiny", method="sft"),),
    )
    return Project(settings, Store(store))


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


def stages(probe: Probe, *names: str) -> None:
    run_tables(probe, [table_named(name) for name in names])


def test_every_text_has_rows_of_its_own(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    probe = project_of(tmp_path / "store", tiny_base, run).probe("tiny/20")
    stages(probe, *FIRST, "logit_divergence")
    rows = probe.stored(LOGIT_DIVERGENCE)
    assert rows["text"].unique(maintain_order=True).to_list() == ["reference", "base", "own"]
    assert rows.group_by("item_id").len()["len"].to_list() == [3] * 3
    assert rows.filter(text="reference")["k1"].is_null().all()
    assert rows.filter(pl.col("text") != "reference")["k1"].is_not_null().all()
    tokens = dict(rows.group_by("text").agg(pl.col("tokens").sum()).iter_rows())
    for text, of in (("base", probe.of_base), ("own", probe)):
        written = of.stored(GENERATIONS)
        assert tokens[text] >= written["completion_tokens"].sum() - written.height
    # The base against itself: nothing moved, on any text, to the last bit.
    base = probe.of_base.stored(LOGIT_DIVERGENCE)
    assert base.select(pl.col("forward_kl", "reverse_kl", "js", "tv").max()).row(0) == (0.0,) * 4
    assert not list(probe.store.scratch("own_states").iterdir())


def test_own_text_costs_one_forward_of_each_model(
    run: Path, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = project_of(tmp_path / "store", tiny_base, run, texts=["own"]).probe("tiny/20")
    stages(probe, *FIRST)
    passes: list[Path] = []
    real = hidden._completion_states

    def counted(model, texts, *more):  # type: ignore[no-untyped-def]
        passes.append(Path(model.name_or_path))
        return real(model, texts, *more)

    monkeypatch.setattr(hidden, "_completion_states", counted)
    stages(probe, "logit_divergence")
    # The base once for itself (which is compared by identity), and each of the two once for the checkpoint.
    assert sorted(passes) == sorted([tiny_base, tiny_base, run / "checkpoint-20"])


def test_fixed_text_costs_the_base_one_forward_for_all_checkpoints(
    run: Path, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(tmp_path / "store", tiny_base, run, texts=["reference"])
    stages(project.probe("tiny/10"), *FIRST, "logit_divergence")
    loaded: list[Path] = []
    real = loading._load
    monkeypatch.setattr(loading, "_load", lambda files, *more: loaded.append(files.path) or real(files, *more))
    loading.release_model()
    stages(project.probe("tiny/20"), "logit_divergence")
    assert loaded == [run / "checkpoint-20"]


def test_token_rows_come_from_the_same_pass_and_add_up(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    plain = project_of(tmp_path / "plain", tiny_base, run).probe("tiny/20")
    asked = project_of(tmp_path / "asked", tiny_base, run, tokens=True).probe("tiny/20")
    stages(plain, *FIRST, "logit_divergence")
    results = run_tables(asked)
    assert [r.reused for r in results if r.table == "token_divergence"] == [True, True]
    for probe in (plain, plain.of_base):
        one, two = (
            store.path(LOGIT_DIVERGENCE, probe.partition(LOGIT_DIVERGENCE)).read_bytes()
            for store in (plain.store, asked.store)
        )
        assert one == two
    items, tokens = asked.stored(LOGIT_DIVERGENCE), asked.stored(TOKEN_DIVERGENCE)
    means = tokens.group_by("text", "item_id", maintain_order=True).agg(
        pl.len().alias("tokens"), pl.col("forward_kl").cast(pl.Float64).mean()
    )
    both = items.join(means, on=["text", "item_id"], suffix="_of_tokens")
    assert both.height == means.height == items.height
    assert both["tokens"].to_list() == both["tokens_of_tokens"].to_list()
    assert both["forward_kl_of_tokens"].to_list() == pytest.approx(both["forward_kl"].to_list(), rel=1e-6)
    assert not list((tmp_path / "plain").glob("token_divergence"))
    assert run_table(TOKEN_DIVERGENCE, asked)[1].reused


def test_hidden_states_on_the_benchmark_and_on_unrelated_text(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    probe = project_of(tmp_path / "store", tiny_base, run).probe("tiny/20")
    stages(probe, "representation_shift")
    rows = probe.stored(REPRESENTATION_SHIFT)
    assert rows["text"].unique().sort().to_list() == ["reference", "unrelated"]
    assert rows.filter(text="unrelated")["layer"].to_list() == [0, 1, 2, -1]
    assert rows["cka"].is_between(0, 1.0000001).all()
    assert rows.filter(pl.col("layer") == -1)["pca_shift"].min() > 0
    base = probe.of_base.stored(REPRESENTATION_SHIFT)
    assert base["pca_shift"].to_list() == [0.0] * base.height
    assert base["cka"].to_list() == pytest.approx([1.0] * base.height)


def test_the_spectra_of_a_base_are_computed_once_for_all_its_models(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    project = project_of(tmp_path / "store", tiny_base, run)
    first = bring_up_to_date(BASE_SPECTRA, project.probe("tiny/10"))
    assert not first.reused
    moved = shutil.copytree(tiny_base, tmp_path / "moved")
    other = probe_of_folders(
        run / "checkpoint-20", moved, model="other", step=None, method="rl", settings=project.settings,
        store=project.store,
    )  # fmt: skip
    again = bring_up_to_date(BASE_SPECTRA, other)
    assert again.reused
    assert first.path == again.path
    assert again.rows == pq.ParquetFile(again.path).num_row_groups > 1
    stages(project.probe("tiny/10"), "parameter_stats")
    assert len(list((project.store.root / "base_spectra").glob("*/part.parquet"))) == 1


def test_the_checkpoint_before_is_compared_as_well(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    project = project_of(tmp_path / "store", tiny_base, run)
    stages(project.probe("tiny/20"), "parameter_stats")
    probe = project.probe("tiny/20")
    rows = probe.stored(PARAMETER_STATS)
    pairs = rows.filter(status="compared").group_by("compared_with", "compared_step").len().sort("compared_with").rows()
    assert [pair[:2] for pair in pairs] == [("base", 0), ("previous", 10)]
    assert pairs[0][2] == pairs[1][2]
    assert rows.filter(compared_with="previous")["update_jaccard"].drop_nulls().is_between(0, 1).all()
    assert project.probe("tiny/10").previous is None
    # From the command line, too.
    alone = probe_of_folders(
        run / "checkpoint-20", tiny_base, model="tiny", step=None, method="sft", settings=project.settings,
        store=project.store,
    )  # fmt: skip
    assert run_table(table_named("parameter_stats"), alone)[1].reused

    shutil.copy(run / "checkpoint-20/model.safetensors", run / "checkpoint-10/model.safetensors")
    changed = run_table(table_named("parameter_stats"), project.probe("tiny/20"))[1]
    assert not changed.reused
    assert project.probe("tiny/20").stored(PARAMETER_STATS).filter(compared_with="previous")["delta_norm"].max() == 0

    shutil.rmtree(run / "checkpoint-10")
    assert project.probe("tiny/20").previous is None
    assert run_table(table_named("parameter_stats"), project.probe("tiny/20"))[1].reused


def test_a_damaged_checkpoint_before_is_left_out(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    weights = run / "checkpoint-10/model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    probe = project_of(tmp_path / "store", tiny_base, run).probe("tiny/20")
    stages(probe, "parameter_stats")
    assert probe.stored(PARAMETER_STATS)["compared_with"].unique().to_list() == ["base"]


def test_a_wrapped_checkpoint_with_a_value_head_is_compared_whole(run: Path, tiny_base: Path, tmp_path: Path) -> None:
    """As PPO on a compiled model saves it: its answers and its weights are those of the plain checkpoint."""
    plain = project_of(tmp_path / "plain", tiny_base, run).probe("tiny/20")
    stages(plain, *FIRST, "parameter_stats")
    file = run / "checkpoint-20" / "model.safetensors"
    tensors = {f"_orig_mod.{name}": tensor for name, tensor in load_file(file).items()}
    save_file({**tensors, "v_head.summary.weight": torch.ones(1, 32)}, file, {"format": "pt"})
    wrapped = project_of(tmp_path / "wrapped", tiny_base, run).probe("tiny/20")
    stages(wrapped, *FIRST, "parameter_stats")

    answers = [probe.stored(GENERATIONS).sort("item_id")["completion"] for probe in (plain, wrapped)]
    assert answers[0].to_list() == answers[1].to_list()
    before, after = (
        probe.stored(PARAMETER_STATS).filter(compared_with="base").sort("base_tensor", nulls_last=True)
        for probe in (plain, wrapped)
    )
    assert after.filter(status="new")["tensor"].to_list() == ["v_head.summary.weight"]
    compared = after.filter(status="compared")
    assert compared.height == before.filter(status="compared").height == len(tensors)
    assert compared["tensor"].str.starts_with("_orig_mod.").all()
    assert compared["delta_norm"].to_list() == before.filter(status="compared")["delta_norm"].to_list()
