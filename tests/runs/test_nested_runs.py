"""Runs in any nesting up to three levels, from any folder in one or above them."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.runs.nested_runs import runs_in
from tests.runs.layouts.trainers import REGISTERED, PrimeRLWriter, Writer


@pytest.mark.parametrize("writer", REGISTERED, ids=lambda writer: writer.layout.name)
@pytest.mark.parametrize("above", ["", "a", "a/b", "a/b/c"])
def test_a_run_is_found_from_each_folder_above_and_within_it(
    writer: Writer, above: str, tmp_path: Path, tiny_run: Path
) -> None:
    run = tmp_path / "top" / above / "exp" if above.count("/") < 2 else tmp_path / "top" / above
    writer.write(tiny_run / "checkpoint-10", run, 20)
    path = writer.finish(run, 20)
    for folder in (
        tmp_path / "top",
        run,
        path,
        path.parent,
        *(each.parent for each in path.rglob("model.safetensors")),
    ):
        (found,) = runs_in(folder)
        assert (found.folder, [each.step for each in found.found]) == (run, [20]), folder


def test_four_levels_are_too_deep(tmp_path: Path, tiny_run: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "a" / "b" / "c" / "d" / "exp")
    assert runs_in(tmp_path) == []
    assert len(runs_in(tmp_path / "a" / "b")) == 1


def test_several_runs_are_sorted_and_what_lies_next_to_checkpoints_is_not_one(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    for name in ("b/exp", "a", "c"):
        shutil.copytree(tiny_run, tmp_path / name)
    shutil.copytree(tiny_base, tmp_path / "a", dirs_exist_ok=True)  # a final model
    shutil.copytree(tiny_base, tmp_path / "a" / "best")
    shutil.copytree(tiny_run, tmp_path / "c" / "second")
    (tmp_path / ".cache" / "checkpoint-5").mkdir(parents=True)
    PrimeRLWriter().write(tiny_run / "checkpoint-10", tmp_path / "d", 20)
    found = [str(each.folder.relative_to(tmp_path)) for each in runs_in(tmp_path)]
    assert found == ["a", "b/exp", "c", "c/second", "d"]


def test_models_without_a_step_are_found_where_there_is_no_run(tmp_path: Path, tiny_base: Path) -> None:
    for name in ("x", "y/z"):
        shutil.copytree(tiny_base, tmp_path / name)
    assert [each.folder for each in runs_in(tmp_path)] == [tmp_path / "x", tmp_path / "y" / "z"]
    assert runs_in(tmp_path / "nowhere") == []


def test_a_link_to_itself_hides_no_run(tmp_path: Path, tiny_run: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "run")
    (tmp_path / "loop").symlink_to("loop")
    assert [each.folder for each in runs_in(tmp_path)] == [tmp_path / "run"]


def test_a_loop_of_links_ends(tmp_path: Path, tiny_run: Path) -> None:
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "loop").symlink_to(tmp_path / "top")
    assert runs_in(tmp_path / "top") == []
