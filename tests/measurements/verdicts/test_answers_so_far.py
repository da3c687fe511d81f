"""Answers of an interrupted evaluation: readable with their verdicts, never among the results, gone when it is done."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import skillprobe
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.measurements.verdicts.answers_so_far import answers_so_far, summary_so_far
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import Completion, Request, SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.show.cli.main import app

SETTINGS = Settings(
    items=ItemSettings(levels=(1,), per_level=4, kinds=("column_sum", "contradiction")),
    sampling=SamplingSettings(max_new_tokens=4),
    compute=ComputeSettings(backend="transformers", device="cpu"),
)


@pytest.fixture
def probe(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> Probe:
    base = Checkpoint.in_folder("tiny", 0, tiny_base, "base")
    step = Checkpoint.in_folder("tiny", 10, tiny_run / "checkpoint-10", "sft")
    return Probe(step, base, Project(SETTINGS, Store(tmp_path)))


def stop_after(monkeypatch: pytest.MonkeyPatch, most: int, path: Path) -> None:
    """Let the checkpoint in `path` be interrupted after so many answers."""
    complete = TransformersBackend.complete

    def interrupted(
        self: TransformersBackend, requests: Sequence[Request], settings: SamplingSettings
    ) -> Iterator[Completion]:
        for number, done in enumerate(complete(self, requests, settings)):
            if number == most and self.path == path:
                raise KeyboardInterrupt
            yield done

    monkeypatch.setattr(TransformersBackend, "complete", interrupted)


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_answers_before_an_interruption_are_judged_and_no_result(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("generations", "verdicts"):
        run_table(table_named(name), probe.of_base)
    base = probe.of_base.stored(VERDICTS)
    with monkeypatch.context() as patched:
        stop_after(patched, 5, probe.checkpoint.files.path)
        with pytest.raises(KeyboardInterrupt):
            run_table(table_named("generations"), probe)
    answers = answers_so_far(probe.store)
    assert answers.height == 5
    assert set(answers.select("model", "step", "expected").iter_rows()) == {("tiny", 10, 8)}
    assert answers["protocol"].unique().to_list() == [probe.protocol.digest]
    assert probe.store.steps(GENERATIONS, "tiny") == [0]

    summary = summary_so_far(answers)
    overall = summary.row(0, named=True)
    assert overall["skill"] == "all"
    assert (overall["answered"], overall["expected"]) == (5, 8)
    of_base = base.join(answers.select("item_id", "sample"), on=["item_id", "sample"], how="semi")
    assert overall["base_accuracy"] == (of_base["verdict"] == "correct").mean()
    assert summary.filter(pl.col("skill") != "all")["answered"].sum() == 5

    monkeypatch.setenv("SKILLPROBE_HOME", str(probe.store.root))
    assert "not results" in shown("scores", "--so-far")
    assert "no evaluation" in shown("scores", "--so-far", "another")
    assert "5" in shown("sql", "SELECT count(*) AS n FROM answers_so_far WHERE model = 'tiny'")
    assert skillprobe.open(probe.store.root).sql("SELECT * FROM answers_so_far").height == 5

    run_table(table_named("generations"), probe)
    run_table(table_named("verdicts"), probe)
    assert answers_so_far(probe.store).is_empty()
    final = probe.stored(VERDICTS).select("item_id", "sample", final="verdict")
    joined = answers.join(final, on=["item_id", "sample"])
    assert joined.height == 5
    assert (joined["verdict"] == joined["final"]).all()


def test_the_base_is_compared_with_nothing(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(monkeypatch, 2, probe.base.files.path)
    with pytest.raises(KeyboardInterrupt):
        run_table(table_named("generations"), probe.of_base)
    answers = answers_so_far(probe.store)
    assert answers.height == 2
    assert answers["base_verdict"].null_count() == 2
    assert summary_so_far(answers)["base_accuracy"].null_count() == summary_so_far(answers).height
