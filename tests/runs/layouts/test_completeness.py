"""Each kind of last act, written with real weights: never complete too early, complete at once, one name everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.layouts import LAYOUTS, Found
from skillprobe_core.runs.places import locate
from skillprobe_core.runs.run_description import nothing_found

from .trainers import (
    EVERY,
    WEIGHTS,
    AbsenceWriter,
    HFWriter,
    PrimeRLWriter,
    VerlWriter,
    Writer,
    aged,
    by_layout,
    copy,
    seen,
)


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


def test_messages_list_every_layout(tmp_path: Path) -> None:
    assert all(layout.looks_for for layout in EVERY)
    assert all(layout.name in nothing_found(tmp_path, EVERY) for layout in EVERY)
    assert all(layout.name in nothing_found(tmp_path) for layout in LAYOUTS)
