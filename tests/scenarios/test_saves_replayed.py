"""Saves of all trainers, replayed operation by operation: no look ever takes a part of a checkpoint for all of it."""

from pathlib import Path

import pytest

from skillprobe_core.runs.content_files import counting_files
from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.layouts import LAYOUTS
from tests.runs.layouts.saves import Save, all_saves, fresh, replayed

LONG = 1e12
"""Settle time in seconds that never passes."""


@pytest.fixture(scope="module")
def saves(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Save]:
    return all_saves(tiny_run / "checkpoint-10", tmp_path_factory.mktemp("parts"))


def seen(root: Path, settle_seconds: float) -> list[Candidate]:
    place = root / "final" if (root / "final").exists() else root
    return discover(place, "m", "rl", settle_seconds=settle_seconds)


def content(candidate: Candidate) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in counting_files(candidate.checkpoint.files).items()}


def test_every_layout_has_a_save(saves: list[Save]) -> None:
    assert {save.layout for save in saves} | {"hub_cache"} == {layout.name for layout in LAYOUTS}


def test_no_prefix_of_a_save_is_taken_for_the_checkpoint(saves: list[Save], tmp_path: Path) -> None:
    for number, save in enumerate(saves):
        root = tmp_path / f"{number}_{save.layout}" / "exp"
        taken: dict[int, dict[str, bytes]] = {}
        for done in replayed(save.acts, fresh(root)):
            for candidate in seen(root, LONG):
                assert candidate.waiting_for or candidate.ready == save.readable, (save.layout, done)
                if candidate.waiting_for is None:
                    taken[done] = content(candidate) if save.readable else {}
        (after,) = seen(root, 0)
        assert (after.layout, after.checkpoint.step) == (save.layout, save.step)
        assert (after.ready, after.unreadable) == (save.readable, not save.readable)
        command = after.conversion.command if after.conversion else ""
        assert all(part in command for part in save.command), command
        last = len(save.acts)
        ended = {last} if save.ends else set()
        assert set(taken) - set(save.steady) == ended, save.layout
        if save.readable and save.ends:
            assert taken[last] == content(after)


def test_a_checkpoint_that_a_callback_rewrites_is_complete_when_the_next_one_begins(
    saves: list[Save], tmp_path: Path
) -> None:
    (save,) = [each for each in saves if each.steady]
    for _ in replayed(save.acts, fresh(tmp_path / "exp")):
        pass
    assert not seen(tmp_path / "exp", LONG)[0].ready
    (tmp_path / "exp" / "checkpoint-40").mkdir()
    first, second = seen(tmp_path / "exp", LONG)
    assert first.ready
    assert (second.checkpoint.step, second.waiting_for) == (40, "no weight files yet")
