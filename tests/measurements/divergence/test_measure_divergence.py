"""Divergence of a probe on every source of its settings: each model loaded once, each pass made once."""

from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.divergence import measure_divergence
from skillprobe_core.measurements.divergence.divergence_settings import DivergenceSettings
from skillprobe_core.measurements.divergence.measure_divergence import measure
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models import model_loading
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.runs.scratch_settings import ScratchSettings

FIXED = DivergenceSettings(texts=("reference", "base"))


def kept(project: Project) -> set[Path]:
    return set((project.store.root / "_work" / "base_states").iterdir())


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
    found = {file: file.stat().st_ino for file in (scratch / "base_states").iterdir()}
    assert found
    measure(project.probe("m/10"))
    assert {file: file.stat().st_ino for file in (scratch / "base_states").iterdir()} == found
    assert list((scratch / "own_states").iterdir()) == []


def test_both_tables_load_each_model_once_and_repeat_no_pass(project: Project, work: list[str]) -> None:
    for file in kept(project):
        file.unlink()
    folder = project.settings.runs[0].base.name
    for name in ("logit_divergence", "representation_shift"):
        run_table(table_named(name), project.probe("m/0"))
    # One pass per text: the base is compared with itself.
    assert work == [f"load {folder}", *[f"pass {folder}"] * 3, *[f"layers {folder}"] * 2]
    base_files = kept(project)

    work.clear()
    for name in ("logit_divergence", "representation_shift"):
        run_table(table_named(name), project.probe("m/10"))
    checkpoint = ["load checkpoint-10", *["pass checkpoint-10"] * 3, *["layers checkpoint-10"] * 2]
    assert work == [*checkpoint, f"load {folder}", f"pass {folder}"]
    assert kept(project) == base_files, "a checkpoint's states go with the table that needed them"

    work.clear()
    fixed = replace(project, settings=project.settings.model_copy(update={"divergence": FIXED}))
    for name in ("logit_divergence", "representation_shift"):
        run_table(table_named(name), fixed.probe("m/20"))
    assert work == ["load checkpoint-20", *["pass checkpoint-20"] * 2, *["layers checkpoint-20"] * 2]


def test_a_budget_without_room_costs_loads_and_changes_nothing(
    project: Project, work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = measure(project.probe("m/10"), with_tokens=True)
    assert expected.tokens is not None
    small = project.settings.model_copy(update={"scratch": ScratchSettings(gigabytes=0)})
    crowded = replace(project, settings=small, store=Store(project.store.root))
    for file in kept(project):
        file.unlink()
    for most, loads in ((2**28, 7), (1, 13)):
        monkeypatch.setattr(measure_divergence, "HELD_BYTES", most)
        model_loading.release_model()
        work.clear()
        found = measure(crowded.probe("m/10"), with_tokens=True)
        assert found.tokens is not None
        assert_frame_equal(found.items, expected.items, rel_tol=1e-4, abs_tol=1e-6)
        assert_frame_equal(found.tokens, expected.tokens, rel_tol=1e-4, abs_tol=1e-6)
        assert sum(name.startswith("load") for name in work) == loads
        assert kept(project) == set()
    same = measure(crowded.probe("m/0"))
    assert same.items["forward_kl"].to_list() == [0.0] * 6


def test_states_that_pass_count_while_they_exist(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[tuple[int, int]] = []
    real = measure_divergence._passing
    probe = project.probe("m/10")

    def passing(probe: object, texts: object, files: object) -> object:
        before = project.scratch.held()
        found = real(probe, texts, files)  # type: ignore[arg-type]
        assert found is not None
        held.append((project.scratch.held() - before, found.values.nbytes))
        return found

    monkeypatch.setattr(measure_divergence, "_passing", passing)
    measure(probe)
    ((more, values),) = held
    assert values <= more <= values + 2**12
