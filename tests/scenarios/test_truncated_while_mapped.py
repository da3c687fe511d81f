"""A weight file that is cut short while it is mapped: its checkpoint fails with the cause, the next is evaluated."""

import os
import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError, one_line
from skillprobe_core.machine.page_faults import unread_pages
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models import model_loading
from skillprobe_core.models.model_loading import release_model
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.watch_runs import watch_runs
from skillprobe_core.runs.weights import Weights

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
[[runs]]
folder = "{run}"
base = "{base}"
model = "m"
"""


@pytest.fixture
def project(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> Project:
    shutil.copytree(tiny_run, tmp_path / "run")
    shutil.copytree(tiny_base, tmp_path / "base")
    (tmp_path / "home").mkdir()
    settings = SETTINGS.format(run=tmp_path / "run", base=tmp_path / "base")
    (tmp_path / "home" / "skillprobe.toml").write_text(settings)
    release_model()
    return Project.at(tmp_path / "home")


def cut_when_mapped(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Cut a file short as soon as it is mapped."""
    usual = Weights._map

    def mapped(self: Weights, path: Path) -> object:
        found = usual(self, path)
        if path.samefile(file) and file.stat().st_size > 5000:  # also by the name that its pin has
            os.truncate(file, 5000)
        return found

    monkeypatch.setattr(Weights, "_map", mapped)


def test_the_next_checkpoint_is_evaluated(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = unread_pages()
    file = project.settings.runs[0].folder / "checkpoint-10" / "model.safetensors"
    cut_when_mapped(monkeypatch, file)
    found = list(watch_runs(project, once=True, every=0))
    base, failed, good, again = (each for each in found if not each.late)
    assert unread_pages() > before
    assert [each.key for each in (base, failed, good, again)] == ["m/0", "m/10", "m/20", "m/10"]
    assert (base.error, good.error) == (None, None)
    assert "truncated: 5000 bytes" in str(again.error)
    line = one_line(failed.error) if failed.error else ""
    assert "was replaced while it was evaluated (" in line, line
    assert str(file.parent) in line
    assert "Remedy: " in line
    assert not list(project.store.root.glob("*_stats/model=m/step=10/*.parquet"))
    assert {each.key for each in found if each.late} == {"m/0", "m/20"}


def test_a_base_that_is_cut_short_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = project.probe("m/10")
    run_table(table_named("checkpoints"), probe)
    cut_when_mapped(monkeypatch, probe.base.path / "model.safetensors")
    with pytest.raises(CheckpointError, match="was replaced while it was evaluated") as caught:
        run_table(table_named("parameter_stats"), project.probe("m/10"))
    assert caught.value.path == str(probe.base.path)


def test_a_model_that_loses_pages_is_loaded_again(
    project: Project, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library maps the weights: their pages are read when the model runs."""
    file = project.settings.runs[0].folder / "checkpoint-10" / "model.safetensors"
    usual = model_loading.check_text_model

    def check(model: object, path: Path) -> None:
        if path == file.parent:
            os.truncate(file, 5000)
        usual(model, path)

    run_table(table_named("checkpoints"), project.probe("m/10"))
    run_table(table_named("generations"), project.probe("m/0"))
    with monkeypatch.context() as during:
        during.setattr(model_loading, "check_text_model", check)
        with pytest.raises(CheckpointError, match="was replaced while it was evaluated"):
            run_table(table_named("generations"), project.probe("m/10"))
    shutil.copy2(tiny_run / "checkpoint-10" / file.name, file)
    computed = run_table(table_named("generations"), project.probe("m/10"))[-1]
    rows = project.store.read(computed.result.table, computed.result.partition)
    shutil.rmtree(project.store.root / "generations" / "model=m" / "step=10")
    shutil.rmtree(project.store.work("generations"))
    release_model()
    again = run_table(table_named("generations"), project.probe("m/10"))[-1]
    kept = [name for name in rows.columns if "seconds" not in name]
    assert rows.select(kept).equals(project.store.read(again.result.table, again.result.partition).select(kept))
