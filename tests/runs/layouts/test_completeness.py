"""Each kind of last act, written with real weights: never complete too early, complete at once, one name everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.discovery import Candidate, discover, looked_for
from skillprobe_core.runs.layouts import LAYOUTS, Found, Layout
from skillprobe_core.runs.layouts.layout import numbered, step_in
from skillprobe_core.runs.model_naming import model_of
from skillprobe_core.runs.places import checkpoints_below, locate

from .trainers import (
    EVERY,
    OTHERS,
    WEIGHTS,
    WRITERS,
    AbsenceWriter,
    HFWriter,
    PrimeRLWriter,
    VerlWriter,
    Writer,
    aged,
    copy,
)

by_layout = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.layout.name)


@pytest.fixture
def source(tiny_run: Path) -> Path:
    return tiny_run / "checkpoint-10"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "exp").mkdir(parents=True)
    return tmp_path / "runs" / "exp"


def seen(root: Path, settle_seconds: float = 30, layouts: tuple[Layout, ...] = EVERY) -> list[Candidate]:
    return discover(root, "m", "rl", settle_seconds=settle_seconds, layouts=layouts)


@by_layout
def test_a_checkpoint_is_complete_with_the_writers_last_act(writer: Writer, root: Path, source: Path) -> None:
    writer.write(source, root, 20)
    if writer.waits_for is None:
        assert seen(root) == []
    else:
        (candidate,) = seen(root)
        assert not candidate.ready
        assert (candidate.waiting_for or "").startswith(writer.waits_for)
    path = writer.finish(root, 20)
    (candidate,) = seen(root)
    assert candidate.ready
    assert candidate.settled
    assert (candidate.checkpoint.key, candidate.checkpoint.path) == ("m/20", path)
    assert {"config.json", "tokenizer.json"} < {Path(file.name).name for file in candidate.files}


@by_layout
def test_no_last_act_makes_up_for_missing_bytes(writer: Writer, root: Path, source: Path) -> None:
    weights = writer.write(source, root, 20)
    weights.write_bytes(weights.read_bytes()[:-9])
    writer.finish(root, 20)
    (candidate,) = seen(root, settle_seconds=0)
    assert not candidate.ready
    assert not candidate.settled
    assert "truncated" in (candidate.waiting_for or "")


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
def test_weights_written_after_the_last_act_must_settle(writer: Writer, root: Path, source: Path) -> None:
    writer.write(source, root, 20)
    writer.finish(root, 20)
    (before,) = seen(root)
    (found,) = [each for each in writer.layout.find(root) if each.step == 20]
    aged(found.files.weights if found.files.weights.is_file() else found.files.weights / WEIGHTS, -500)
    (after,) = seen(root, settle_seconds=1000)
    assert after.fingerprint != before.fingerprint
    untimed = writer.waits_for is None or isinstance(writer, AbsenceWriter)
    assert after.ready == untimed
    assert seen(root, settle_seconds=1)[0].ready


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


def test_a_number_in_the_root_completes_the_steps_up_to_it(root: Path, source: Path) -> None:
    writer, marker = VerlWriter(), "latest_checkpointed_iteration.txt"
    for step in (10, 20, 30):
        writer.write(source, root, step)
    writer.finish(root, 20)
    assert [(each.checkpoint.step, each.ready) for each in seen(root)] == [(10, True), (20, True), (30, False)]
    assert seen(root)[-1].waiting_for == f"{marker} says 20"
    for text in ("", "none", "-5", "²"):
        (root / marker).write_text(text)
        assert [each.waiting_for for each in seen(root)] == [f"{marker} holds no number yet"] * 3
    (root / marker).write_bytes(b"\xff\xfe")
    assert [each.waiting_for for each in seen(root)] == [f"{marker} is incomplete"] * 3


def test_a_missing_marker_can_be_waited_for_but_not_a_statement_of_the_writer(root: Path, source: Path) -> None:
    for writer, step in ((VerlWriter(), 10), (PrimeRLWriter(), 20), (AbsenceWriter(), 30)):
        writer.write(source, root, step)
    states = [(each.checkpoint.step, each.settled, each.writing) for each in seen(root, settle_seconds=0)]
    assert states == [(10, True, False), (20, True, False), (30, False, True)]


def test_all_layouts_of_a_root_are_read_and_the_first_one_has_a_step(root: Path, source: Path) -> None:
    expected = []
    for writer, steps in ((PrimeRLWriter(), (10, 20)), (HFWriter(), (20, 30))):
        for step in steps:
            writer.write(source, root, step)
            expected.append((step, writer.finish(root, step)))
    copy(source, root)  # a final model
    for layouts, second in ((EVERY, expected[2]), (EVERY[::-1], expected[1])):
        found = [(each.checkpoint.step, each.checkpoint.path) for each in seen(root, layouts=layouts)]
        assert found == [expected[0], second, expected[3]]
    for step, path in expected:
        located = locate(path, EVERY)
        assert located is not None
        assert (located.run, located.step, located.files.path) == (root, step, path)


@dataclass(frozen=True)
class Sweep:
    """Several runs in one folder."""

    name = "sweep"
    looks_for = "RUN/checkpoint-N"

    def find(self, root: Path) -> Iterator[Found]:
        for run in root.iterdir():
            yield from HFWriter.layout.find(run)


def test_a_root_of_several_runs_is_refused_with_the_name_of_one(root: Path, source: Path) -> None:
    for name in ("b", "a"):
        HFWriter().write(source, root / name, 10)
    with pytest.raises(CheckpointError, match=r"2 runs \(a, b\)") as caught:
        seen(root, layouts=(Sweep(),))
    assert str(root / "a") in (caught.value.remedy or "")
    assert len(seen(root / "a")) == 1


def test_the_nearest_folder_that_finds_a_checkpoint_names_it(tmp_path: Path, source: Path) -> None:
    writer = HFWriter()
    inner = tmp_path / "checkpoint-7" / "exp"
    writer.write(source, inner, 10)
    (tmp_path / "checkpoint-7" / "config.json").write_text("{}")
    located = locate(inner / "checkpoint-10")
    assert located is not None
    assert (located.run, located.step) == (inner, 10)
    assert model_of(inner) == "exp"


def test_messages_list_every_layout() -> None:
    assert all(layout.looks_for in looked_for(EVERY) for layout in EVERY)
    assert all(layout.looks_for in looked_for() for layout in LAYOUTS)
    assert looked_for(EVERY[:1]) == EVERY[0].looks_for


PATTERNS = (
    "checkpoint-{step}", "{step:07}_adapters.safetensors", "epoch_{epoch}_step_{step}", "iter_{step:07}", "{step}"
)  # fmt: skip


@given(st.sampled_from(PATTERNS), st.integers(0, 10**12), st.integers(0, 99))
def test_a_name_is_read_as_it_was_written(pattern: str, step: int, epoch: int) -> None:
    name = pattern.format(step=step, epoch=epoch)
    assert step_in(name, pattern) == step
    for other in (f"{name}0x", f"x{name}", name.replace(str(step), f"00000000{step}"), name.replace(str(step), "١")):
        assert step_in(other, pattern) is None


def test_only_a_missing_folder_has_no_entries(tmp_path: Path) -> None:
    assert list(numbered(tmp_path / "nowhere", "step_{step}")) == []
    (tmp_path / "step_3").touch()
    (tmp_path / "step_x").touch()
    assert list(numbered(tmp_path, "step_{step}")) == [(3, tmp_path / "step_3")]
