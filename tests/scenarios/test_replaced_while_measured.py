"""Checkpoints that are replaced while they are measured: an error, and never rows of other weights under a digest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Frames, Table
from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.measurements.calibration.calibration_settings import CalibrationSettings
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.readings.readings_settings import ReadingSettings
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_loading import release_model
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, run_tables, tables_for
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

pytestmark = pytest.mark.slow

KEY = "m/10"
STAGES = (
    "checkpoints", "generations", "option_likelihoods", "readings", "twin_answers", "logit_divergence",
    "representation_shift", "elementwise_stats", "parameter_stats",
)  # fmt: skip


def project_of(store: Path, base: Path, run: Path) -> Project:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("ball_swaps", "math_choice")),
        sampling=SamplingSettings(max_new_tokens=4),
        calibration=CalibrationSettings(likelihood=True, twins=1),
        readings=ReadingSettings(also=("forced",), cells="all"),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=base, model="m"),),
    )
    return Project(settings, Store(store))


@pytest.fixture(scope="module")
def probed(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("probed")
    shutil.copytree(tiny_base, folder / "base")
    shutil.copytree(tiny_run / "checkpoint-10", folder / "run" / "checkpoint-10")
    project = project_of(folder / "store", folder / "base", folder / "run")
    run_tables(project.probe(KEY))
    return project


@pytest.fixture
def project(probed: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path) -> Project:
    """A copy of a store with all rows of a checkpoint, which lies in its folder again as it was."""
    (run,) = probed.settings.runs
    for folder, origin in ((run.base, tiny_base), (run.folder / "checkpoint-10", tiny_run / "checkpoint-10")):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(origin, folder)
    shutil.copytree(probed.store.root, tmp_path / "store")
    for name in ("generations", "base_states", "identities"):  # nothing of the earlier run may serve
        shutil.rmtree(tmp_path / "store" / "_work" / name)
    release_model()
    return Project(probed.settings, Store(tmp_path / "store"))


@pytest.fixture
def other(tiny_run: Path) -> Path:
    return tiny_run / "checkpoint-20" / "model.safetensors"


def renamed_over(file: Path, other: Path) -> None:
    shutil.copy(other, file.with_name("new"))
    file.with_name("new").replace(file)


def rewritten(file: Path, other: Path) -> None:
    file.write_bytes(other.read_bytes())


def rewritten_at_the_same_time(file: Path, other: Path) -> None:
    status = file.stat()
    file.write_bytes(other.read_bytes())
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def deleted(file: Path, other: Path) -> None:
    shutil.rmtree(file.parent)


def touched(file: Path, other: Path) -> None:
    os.utime(file)


def linked(file: Path, other: Path) -> None:
    """As a pin does, or rotation of a pinned checkpoint."""
    place = file.parent.parent.parent / "pin"
    place.unlink(missing_ok=True)
    place.hardlink_to(file)


def during(table: Table, first: Callable[[], object], last: Callable[[], object] = lambda: None) -> Table:
    """The table with something that happens right before its models are read, and right after."""

    def compute(probe: Probe) -> Frames:
        first()
        assert table.compute is not None
        made = table.compute(probe)
        last()
        return made

    return replace(table, compute=compute)


def parts(project: Project, table: Table) -> dict[Path, bytes]:
    part = Partition.checkpoint("m", 10, project.protocol().protocol if table.by_protocol else None)
    path = project.store.path(table, part)
    return {path: path.read_bytes()} if path.exists() else {}


def without_rows(project: Project, stage: str) -> tuple[Table, dict[Path, bytes]]:
    table = table_named(stage)
    stored = parts(project, table)
    assert stored, "the fixture has rows of this stage"
    for path in stored:
        path.unlink()
    return table, stored


def test_every_stage_that_reads_models_is_covered(probed: Project) -> None:
    read = {table.name for table in tables_for(probed.probe(KEY)) if table.pool is not None}
    assert read <= {*STAGES, "calibration", "format_shares"}, "those two read what the other stages stored"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("change", [renamed_over, rewritten_at_the_same_time])
def test_a_replaced_checkpoint_leaves_no_rows(
    project: Project, other: Path, stage: str, change: Callable[[Path, Path], None]
) -> None:
    table, _ = without_rows(project, stage)
    file = project.settings.runs[0].folder / "checkpoint-10" / "model.safetensors"
    with pytest.raises(CheckpointError, match="was replaced while it was evaluated"):
        run_table(during(table, lambda: change(file, other)), project.probe(KEY))
    assert not parts(project, table)
    if stage != "readings":  # which continues the base's answers before
        assert not list((project.store.root / "_work" / "generations").glob("*/*.parquet"))


@pytest.mark.parametrize("change", [rewritten, deleted])
def test_other_ways_of_replacing_it(project: Project, other: Path, change: Callable[[Path, Path], None]) -> None:
    table, _ = without_rows(project, "generations")
    file = project.settings.runs[0].folder / "checkpoint-10" / "model.safetensors"
    with pytest.raises(CheckpointError, match="was replaced while it was evaluated"):
        run_table(during(table, lambda: None, lambda: change(file, other)), project.probe(KEY))
    assert not parts(project, table)


@pytest.mark.parametrize("stage", ["generations", "logit_divergence", "parameter_stats"])
@pytest.mark.parametrize("change", [touched, linked])
def test_the_same_bytes_give_the_same_rows(
    project: Project, other: Path, stage: str, change: Callable[[Path, Path], None]
) -> None:
    table, stored = without_rows(project, stage)
    file = project.settings.runs[0].folder / "checkpoint-10" / "model.safetensors"
    times = iter([True])
    run_table(during(table, lambda: change(file, other) if next(times, False) else None), project.probe(KEY))
    assert parts(project, table) == stored


@pytest.mark.parametrize("stage", ["generations", "logit_divergence", "parameter_stats"])
@pytest.mark.parametrize("kind", ["rename", "copy", "folder"])
def test_other_weights_for_a_time_are_not_measured(project: Project, other: Path, stage: str, kind: str) -> None:
    """They are put back before the stage ends: it is computed again on the files that were identified."""
    table, stored = without_rows(project, stage)
    folder = project.settings.runs[0].folder / "checkpoint-10"
    file, aside = folder / "model.safetensors", folder.parent.parent / "aside"
    times = iter([True])

    def compute(probe: Probe) -> Frames:
        assert table.compute is not None
        if not next(times, False):
            return table.compute(probe)
        if kind == "folder":
            folder.rename(aside)
            shutil.copytree(aside, folder)
        else:
            (file.rename if kind == "rename" else lambda place: shutil.copy2(file, place))(aside)
        shutil.copy(other, file)
        try:
            return table.compute(probe)
        finally:
            if kind == "folder":
                shutil.rmtree(folder)
                aside.rename(folder)
            elif kind == "rename":
                aside.replace(file)
            else:
                shutil.copy2(aside, file)
                aside.unlink()

    changed = replace(table, compute=compute)
    run_table(changed, project.probe(KEY))
    assert parts(project, table) == stored


def test_a_base_that_is_replaced_leaves_no_states(project: Project, other: Path) -> None:
    table, _ = without_rows(project, "logit_divergence")
    file = project.settings.runs[0].base / "model.safetensors"
    with pytest.raises(CheckpointError, match="was replaced while it was evaluated"):
        run_table(during(table, lambda: renamed_over(file, other)), project.probe(KEY))
    assert not parts(project, table)
    assert not list((project.store.root / "_work").glob("base_states/*.safetensors"))


def test_readings_of_answers_that_another_version_gave_are_refused(project: Project, other: Path) -> None:
    table, _ = without_rows(project, "readings")
    renamed_over(project.settings.runs[0].folder / "checkpoint-10" / "model.safetensors", other)
    with pytest.raises(StoreError, match="'generations' are of an earlier version of m/10"):
        run_table(table, project.probe(KEY))
    run_tables(project.probe(KEY))
    assert parts(project, table), "the remedy works"
