"""A removal takes all that only the model needs, and nothing else, whenever it is interrupted."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.model_locks import using
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.project.failed_attempts import failures_in, note_failure
from skillprobe_core.project.name_claims import claims_file, claims_text
from skillprobe_core.project.renamed_models import earlier_names
from skillprobe_core.project.stored_models.remove_model import checked_removal, remove_model
from skillprobe_core.project.stored_models.rename_model import rename_model
from skillprobe_core.project.stored_models.store_change import decided
from skillprobe_core.project.stored_models.stored_model import stored_models

from .contents import change_and_die, files_of, models_shown, shown

GONE, KEPT = "planted-sft", "planted-rl"
STUDIES = {table.name for table in study_tables()}


def without(frames: dict[str, pl.DataFrame], step: int | None = None) -> dict[str, pl.DataFrame]:
    """The rows that a removal has to leave."""
    gone = pl.col("model") == GONE if step is None else (pl.col("model") == GONE) & (pl.col("step") == step)
    return {
        name: frame.clear() if name in STUDIES else frame.filter(~gone) if "model" in frame.columns else frame
        for name, frame in frames.items()
    }


@pytest.mark.parametrize("step", [None, 200])
def test_other_rows_stay(step: int | None, store: Store) -> None:
    claims_file(store, GONE).write_text(claims_text(store, GONE))
    expected = without(shown(store), step)
    remove_model(store, GONE, step)
    after = shown(store)
    assert after.keys() == expected.keys()
    assert all(after[name].equals(frame) for name, frame in expected.items())
    assert stored_models(store) == ([KEPT] if step is None else [KEPT, GONE])
    if step is None:
        assert not [path for path in files_of(store) if GONE in path]
    else:
        assert f'"{step}"' not in claims_file(store, GONE).read_text()
        assert '"100"' in claims_file(store, GONE).read_text()


def test_counted_failures_go_with_what_is_removed(store: Store) -> None:
    for key in (f"{GONE}/100", f"{GONE}/200", f"{KEPT}/100"):
        note_failure(store, key, "v", "a", "cause")
    remove_model(store, GONE, 100)
    assert set(failures_in(store)) == {f"{GONE}/200", f"{KEPT}/100"}
    remove_model(store, GONE)
    assert set(failures_in(store)) == {f"{KEPT}/100"}


def test_logs_of_failures_go_with_their_model(store: Store) -> None:
    folder = store.scratch("failures")
    names = [f"{GONE}-100-number type.txt", f"{GONE}-100-verdicts.txt", f"{GONE}-2-100-verdicts.txt",
             f"{GONE}-200-verdicts.txt", f"{KEPT}-100-verdicts.txt"]  # fmt: skip
    for name in names:
        (folder / name).write_text("")
    remove_model(store, GONE, 100)
    assert {path.name for path in folder.iterdir()} == set(names[2:])
    remove_model(store, GONE)
    assert {path.name for path in folder.iterdir()} == {names[2], names[4]}


def test_the_base_stays_while_other_steps_are_compared_with_it(store: Store) -> None:
    with pytest.raises(StoreError, match=f"the base that its other steps[\\s\\S]*skillprobe remove {GONE}"):
        remove_model(store, GONE, 0)
    for step in (100, 200, 300):
        remove_model(store, GONE, step)
    remove_model(store, GONE, 0)
    assert stored_models(store) == [KEPT]


def test_what_is_not_stored_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match=r"no model named 'other'[\s\S]*use one of: planted-rl, planted-sft"):
        remove_model(store, "other")
    with pytest.raises(StoreError, match=r"no model named '\.\./x'"):
        remove_model(store, "../x")
    with pytest.raises(StoreError, match=r"no step 5 of model 'planted-sft'[\s\S]*0, 100, 200, 300"):
        checked_removal(store, GONE, 5)


def test_it_waits_for_no_evaluation(store: Store) -> None:
    with using(store, GONE), pytest.raises(StoreError, match="another process is evaluating"):
        remove_model(store, GONE)
    assert GONE in stored_models(store)


def test_a_removed_model_has_no_earlier_name(store: Store) -> None:
    rename_model(store, GONE, "careful")
    assert [each.name for each in earlier_names(store)] == [GONE]
    remove_model(store, "careful")
    assert not list(earlier_names(store))


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_all_or_nothing_of_it(small: Store, tmp_path: Path) -> None:
    claims_file(small, GONE).write_text(claims_text(small, GONE))
    before = shown(small)
    expected = without(before)
    calls = 0
    while True:
        store = Store(shutil.copytree(small.root, tmp_path / str(calls)))
        killed = change_and_die(store, calls, "remove", GONE)
        kept = {name: frame.filter(pl.col("model") == KEPT) for name, frame in shown(store).items()
                if "model" in frame.columns and name not in STUDIES}  # fmt: skip
        assert all(frame.equals(expected[name]) for name, frame in kept.items())
        if not killed:
            break
        if decided(store) is None and GONE not in stored_models(store):  # killed while it removed its lock
            after = shown(store)
            assert all(after[name].equals(frame) for name, frame in expected.items()), calls
            shutil.rmtree(store.root)
            calls += 1
            continue
        if decided(store) is None:
            assert models_shown(store) == {
                name: set(frame["model"]) for name, frame in before.items() if "model" in frame.columns
            }
        remove_model(store, GONE)
        after = shown(store)
        assert all(after[name].equals(frame) for name, frame in expected.items()), calls
        shutil.rmtree(store.root)
        calls += 1
    assert calls > 8
