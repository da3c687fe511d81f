"""States of every layer: kept ones give the rows that a pass gives, and serve nobody after the table."""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence import measure_shift as module
from skillprobe_core.measurements.divergence.measure_shift import keep_layers_of, measure_shift
from skillprobe_core.measurements.divergence.representation_shift_table import REPRESENTATION_SHIFT
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table


def of_layers(project: Project) -> set[Path]:
    return set(project.store.scratch("base_states").glob("*.layers.safetensors"))


def test_kept_states_give_the_rows_that_a_pass_gives(project: Project, work: list[str], monkeypatch) -> None:
    for file in of_layers(project):
        file.unlink()
    probe = project.probe("m/20")
    expected = measure_shift(probe)
    assert [name.split()[0] for name in work] == ["load", "layers", "layers"] * 2
    of_base = of_layers(project)
    assert len(of_base) == 2
    monkeypatch.setattr(module, "stored_partition", lambda *_: None)
    keep_layers_of(probe, "checkpoint")
    assert len(of_layers(project)) == 4
    work.clear()
    assert_frame_equal(measure_shift(probe), expected, check_exact=True)
    assert work == []
    assert of_layers(project) == of_base
    # A file that cannot be read is written again.
    next(iter(of_base)).write_bytes(b"damaged")
    assert_frame_equal(measure_shift(probe), expected, check_exact=True)
    assert work.count(f"layers {probe.base.path.name}") == 1
    work.clear()
    measure_shift(probe)
    assert not [name for name in work if probe.base.path.name in name]


def test_states_are_kept_only_for_rows_that_are_missing(project: Project, work: list[str]) -> None:
    run_table(REPRESENTATION_SHIFT, project.probe("m/20"))
    work.clear()
    keep_layers_of(project.probe("m/20"), "checkpoint")
    assert work == []


def test_an_error_is_left_to_the_table(project: Project, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> pl.DataFrame:
        raise CheckpointError("no states", remedy="use another model")

    monkeypatch.setattr(module, "stored_partition", lambda *_: None)
    monkeypatch.setattr(module, "_layers", broken)
    keep_layers_of(project.probe("m/20"), "checkpoint")
