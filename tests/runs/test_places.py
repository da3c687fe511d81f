"""The checkpoint that a path names, wherever the path points into it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillprobe_core.runs.layouts import LAYOUTS, Found
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.model_naming import model_of
from skillprobe_core.runs.places import checkpoint_of, checkpoints_below, found_in, full_path, locate
from tests.runs.layouts.trainers import (
    EVERY,
    OTHERS,
    HFWriter,
    Writer,
    by_layout,
    seen,
)


@by_layout
def test_any_path_to_a_checkpoint_gives_its_run_and_step(writer: Writer, root: Path, source: Path) -> None:
    for step in (20, 40):
        writer.write(source, root, step)
        path = writer.finish(root, step)
        (found,) = [each for each in writer.layout.find(root) if each.step == step]
        between = [each for each in (found.files.weights, *found.files.weights.parents) if each.is_relative_to(path)]
        for typed in (path, *between, path / "..." / ".." if path.is_dir() else path, Path(f"{path}/")):
            located = locate(typed, EVERY)
            assert located is not None
            assert (located.run, located.step, located.files) == (root, step, found.files)
            assert model_of(typed, EVERY) == "exp"
    assert model_of(root, EVERY) == "exp"


@pytest.mark.parametrize("writer", OTHERS, ids=lambda writer: writer.layout.name)
def test_a_layout_that_is_not_registered_is_not_recognised(writer: Writer, root: Path, source: Path) -> None:
    writer.write(source, root, 20)
    path = writer.finish(root, 20)
    assert all(each.checkpoint.path == root for each in seen(root, layouts=LAYOUTS))
    located = locate(path)
    assert located is None or located.run == path


@by_layout
def test_a_folder_above_checkpoints_leads_to_them(writer: Writer, root: Path, source: Path) -> None:
    for step in (40, 20):
        writer.write(source, root, step)
        writer.finish(root, step)
    above = writer.path(root, 20).parent
    for folder in {root, above}:
        run, steps = checkpoints_below(folder, EVERY)
        assert run == root
        assert [each.step for each in steps] == [20, 40]
    assert checkpoints_below(root.parent, EVERY) == (root.parent, [])


def test_the_nearest_folder_that_finds_a_checkpoint_names_it(tmp_path: Path, source: Path) -> None:
    writer = HFWriter()
    inner = tmp_path / "checkpoint-7" / "exp"
    writer.write(source, inner, 10)
    (tmp_path / "checkpoint-7" / "config.json").write_text("{}")
    located = locate(inner / "checkpoint-10")
    assert located is not None
    assert (located.run, located.step) == (inner, 10)
    assert model_of(inner) == "exp"


def test_a_folder_that_no_layout_knows_is_a_checkpoint_of_its_own_without_a_step(tmp_path: Path) -> None:
    assert locate(tmp_path / "nowhere") is None
    alone = checkpoint_of(tmp_path / "nowhere")
    assert (alone.run, alone.step, alone.files) == (tmp_path / "nowhere", 0, ModelFiles.of(tmp_path / "nowhere"))


@dataclass(frozen=True)
class Broken:
    """A layout that fails on every folder."""

    name = "broken"
    looks_for = "nothing"
    error: Exception

    def find(self, root: Path) -> Iterator[Found]:
        raise self.error


def test_an_error_of_one_layout_hides_no_checkpoint_of_another(tiny_run: Path, tmp_path: Path) -> None:
    broken = Broken(ValueError("confused"))
    assert {found.step for found in found_in(tiny_run, (broken, *LAYOUTS))} == {10, 20}
    with pytest.raises(ValueError, match="confused"):
        found_in(tmp_path, (broken,))
    with pytest.raises(OSError, match="unplugged"):
        found_in(tiny_run, (*LAYOUTS, Broken(OSError("unplugged"))))
    assert locate(tiny_run / "checkpoint-10", (broken, *LAYOUTS)) is not None
    with pytest.raises(FileNotFoundError):
        found_in(tmp_path / "nowhere")


def test_a_path_is_made_absolute_and_keeps_its_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run-5").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "run-5")
    monkeypatch.chdir(tmp_path)
    assert full_path(Path("latest")) == tmp_path / "latest"
    assert full_path(Path("latest/../run-5")) == (tmp_path / "run-5").resolve()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert full_path(tmp_path / "loop" / "..").is_absolute()
