"""A decided change is completed by doing it again; an undecided one leaves nothing."""

from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.project.stored_models.store_change import (
    Change,
    decide,
    decided,
    discarded,
    finish,
    staging,
    unfinished,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("old")
    return Store(tmp_path)


def change(store: Store) -> Change:
    (staging(store) / "b").write_text("new")
    return Change("rename a b", ("a", "b"), (("a", discarded(0)), ("_work/change/new/b", "b")))


def test_a_change_is_done_once_however_often_it_is_repeated(store: Store) -> None:
    wanted = change(store)
    decide(store, wanted)
    assert decided(store) == wanted
    finish(store, wanted)
    assert decided(store) is None
    assert not (store.root / "a").exists()
    assert (store.root / "b").read_text() == "new"
    assert not any(store.root.joinpath("_work", "change").iterdir())


def test_moves_that_were_done_are_left_out(store: Store) -> None:
    wanted = change(store)
    decide(store, wanted)
    (store.root / "_work" / "change" / "old").mkdir()
    (store.root / "a").rename(store.root / discarded(0))
    finish(store, wanted)
    assert (store.root / "b").read_text() == "new"


def test_what_was_not_decided_is_deleted_by_the_next_change(store: Store) -> None:
    change(store)
    assert decided(store) is None
    assert not any(staging(store).iterdir())
    assert (store.root / "a" / "file").read_text() == "old"


def test_it_is_named_to_those_that_it_concerns(store: Store) -> None:
    assert unfinished(store) is None
    decide(store, change(store))
    for models in (None, ["a"], ["x", "b"]):
        assert "skillprobe rename a b --yes" in str(unfinished(store, models))
    assert unfinished(store, ["x"]) is None
    with pytest.raises(TypeError):
        staging(store)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"command": 1, "models": [], "moves": [1]}'])
def test_a_damaged_journal_is_an_error_that_names_it(text: str, store: Store) -> None:
    staging(store)
    (store.root / "_work" / "change" / "journal.json").write_text(text)
    with pytest.raises(StoreError, match=r"journal\.json: the journal of a rename or removal is damaged"):
        decided(store)
