"""What is generated again after a change: as little as the change demands, counted at the model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import digest_of
from skillprobe_core.benchmark.item_set import item_set_digest
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.table_registry import table_named, tables_of_checkpoints
from skillprobe_core.models.backend import Completion, Request, SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.model_settings import ComputeSettings, PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint

GENERATE = table_named("generations")
SETTINGS = Settings(
    items=ItemSettings(levels=(1,), per_level=3, kinds=("column_sum", "energy_levels", "contradiction")),
    sampling=SamplingSettings(max_new_tokens=5, temperature=0.8, samples=4),
    compute=ComputeSettings(backend="transformers", device="cpu"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The (item, sample) of every request that reaches a model."""
    found: list[tuple[str, int]] = []
    complete = TransformersBackend.complete

    def counting(
        self: TransformersBackend, requests: Sequence[Request], settings: SamplingSettings
    ) -> Iterator[Completion]:
        found.extend((each.item_id, each.sample) for each in requests)
        return complete(self, requests, settings)

    monkeypatch.setattr(TransformersBackend, "complete", counting)
    return found


@pytest.fixture
def probe(tiny_base: Path, tmp_path: Path) -> Probe:
    base = Checkpoint.in_folder("tiny", 0, tiny_base, "base")
    return Probe(base, base, Project(SETTINGS, Store(tmp_path)))


def with_sampling(probe: Probe, **changes: object) -> Probe:
    sampling = replace(probe.settings.sampling, **changes)
    return with_settings(probe, sampling=sampling)


def with_settings(probe: Probe, **changes: object) -> Probe:
    return replace(probe, project=Project(probe.settings.model_copy(update=changes), probe.store))


def test_four_more_samples_ask_for_four_more(probe: Probe, asked: list[tuple[str, int]]) -> None:
    run_table(GENERATE, probe)
    four = probe.stored(GENERATIONS)
    assert len(asked) == four.height == 4 * len(probe.items)
    asked.clear()
    run_table(GENERATE, with_sampling(probe, samples=8))
    assert sorted({sample for _, sample in asked}) == [4, 5, 6, 7]
    assert len(asked) == 4 * len(probe.items)
    assert probe.stored(GENERATIONS).filter(pl.col("sample") < 4).equals(four)
    asked.clear()
    run_table(GENERATE, probe)
    assert asked == []
    assert probe.stored(GENERATIONS).equals(four)


def test_completions_logged_by_an_earlier_version_are_found(probe: Probe, asked: list[tuple[str, int]]) -> None:
    """The log's name is that of version 3 of the table, whatever columns the table has since."""
    run_table(GENERATE, probe)
    rows = probe.stored(GENERATIONS)
    backend, sampling = rows.select("backend", "sampling").row(0)
    version = digest_of(probe.identity.digest, backend, sampling, 3)
    assert [log.name for log in probe.store.scratch("generations").iterdir()] == [version[:32]]
    asked.clear()
    probe.store.path(GENERATIONS, probe.partition(GENERATIONS)).unlink()
    run_table(GENERATE, probe)
    assert asked == []
    assert probe.stored(GENERATIONS).equals(rows)


def test_one_changed_item_is_asked_again_alone(probe: Probe, asked: list[tuple[str, int]]) -> None:
    run_table(GENERATE, probe)
    before, items = probe.stored(GENERATIONS), probe.items
    asked.clear()
    gone = items["item_id"][2]
    this = pl.col("item_id") == gone
    changed = items.with_columns(
        prompt=pl.when(this).then(pl.col("prompt") + " Please.").otherwise("prompt"),
        item_id=pl.when(this).then(pl.lit("f" * 16)).otherwise("item_id"),
    )
    changed = changed.with_columns(item_set=pl.lit(item_set_digest(changed)[:16]))
    other = with_settings(probe)
    protocol = replace(probe.protocol, item_set=changed["item_set"][0])
    other.project.__dict__["_evaluation"] = (protocol, changed)
    run_table(GENERATE, other)
    assert asked == [("f" * 16, sample) for sample in range(4)]
    after = other.stored(GENERATIONS)
    kept = [
        frame.filter(pl.col("item_id").is_in([gone, "f" * 16]).not_()).drop("item_set", "protocol")
        for frame in (before, after)
    ]
    assert kept[0].equals(kept[1])


def test_a_new_metric_asks_nothing(probe: Probe, asked: list[tuple[str, int]]) -> None:
    run_tables(probe)
    asked.clear()
    for stage in tables_of_checkpoints():
        if stage.name != "generations":
            assert not run_table(replace(stage, code_version=f"{stage.code_version}+"), probe)[-1].reused, stage.name
    assert asked == []


def test_other_examples_and_limits_ask_everything_again(probe: Probe, asked: list[tuple[str, int]]) -> None:
    probe = with_settings(probe, items=ItemSettings(levels=(1,), per_level=3, kinds=("column_sum",)))
    run_table(GENERATE, probe)
    digests = set(probe.stored(GENERATIONS)["prompt_digest"])
    everything = 4 * len(probe.items)
    for changed in (
        with_sampling(probe, max_new_tokens=4),
        with_settings(probe, prompts=PromptSettings(shots=1)),
        with_settings(probe, prompts=PromptSettings(shots=1, seed=1)),
    ):
        asked.clear()
        run_table(GENERATE, changed)
        assert len(asked) == everything
        prompts = set(changed.stored(GENERATIONS)["prompt_digest"])
        assert digests & prompts == (digests if changed.settings.prompts == probe.settings.prompts else set())
