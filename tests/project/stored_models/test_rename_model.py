"""A rename changes the name in every row and nothing else, completely, whenever it is interrupted."""

import shutil
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from skillprobe_core.engine.model_locks import using
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.project.failed_attempts import failures_in, note_failure
from skillprobe_core.project.name_claims import claimed_paths, claims_file
from skillprobe_core.project.stored_models.remove_model import remove_model
from skillprobe_core.project.stored_models.rename_model import checked_rename, rename_model
from skillprobe_core.project.stored_models.store_change import decided, unfinished
from skillprobe_core.project.stored_models.stored_model import stored_models
from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.pins import Pins
from skillprobe_core.runs.scratch import Scratch

from .contents import change_and_die, files_of, models_shown, origins, shown

OLD, NEW = "planted-sft", "careful"
STUDIES = {table.name for table in study_tables()}


def renamed(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The rows that a rename has to give, computed another way."""
    found = {}
    for name, frame in frames.items():
        named = [column for column in ("model", "base_model") if column in frame.columns]
        moved = frame.with_columns(pl.col(column).replace(OLD, NEW) for column in named)
        found[name] = (
            frame.clear() if name in STUDIES else moved.sort(named[:1], maintain_order=True) if named else frame
        )
    return found


def test_counted_failures_follow(store: Store) -> None:
    for key in (f"{OLD}/100", "planted-rl/100", f"{NEW}/7"):
        note_failure(store, key, "v", "a", "cause")
    rename_model(store, OLD, NEW)
    assert set(failures_in(store)) == {f"{NEW}/100", "planted-rl/100"}


def test_pins_and_finished_tables_follow(store: Store, tiny_run: Path, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch", 1 << 40, 0, 1.0)
    run = Path(shutil.copytree(tiny_run, tmp_path / "runs" / "exp"))
    for candidate in discover(run, OLD, "sft", settle_seconds=0):
        assert Pins(scratch).pin(candidate, copy=False) is None
    done = scratch.folder / "done"
    done.mkdir()
    for name in (f"{OLD}-10", f"{OLD}-2-10"):
        (done / f"{name}.json").write_text("[]")
    rename_model(store, OLD, NEW, scratch=scratch)
    assert [pin.step for pin in Pins(scratch).of_model(NEW)] == [10, 20]
    assert Pins(scratch).of_model(OLD) == []
    assert {file.name for file in done.iterdir()} == {f"{NEW}-10.json", f"{OLD}-2-10.json"}
    remove_model(store, NEW, scratch=scratch)
    assert Pins(scratch).of_model(NEW) == []
    assert [file.name for file in done.iterdir()] == [f"{OLD}-2-10.json"]


def test_rows_and_provenance_stay(store: Store) -> None:
    before, from_where, places = shown(store), origins(store, OLD), claimed_paths(store, OLD)
    rename_model(store, OLD, NEW)
    expected, after = renamed(before), shown(store)
    assert after.keys() == expected.keys()
    assert all(after[name].equals(frame) for name, frame in expected.items())
    assert from_where
    assert origins(store, NEW) == from_where
    assert not origins(store, OLD)
    assert claimed_paths(store, NEW) == places
    assert not claims_file(store, OLD).exists()
    assert stored_models(store) == [NEW, "planted-rl"]


def test_files_keep_their_form(store: Store) -> None:
    def form(model: str) -> dict[str, object]:
        files = store.root.glob(f"*/model={model}/step=*/*.parquet")
        found = {"/".join((file.parts[-4], *file.parts[-2:])): pq.ParquetFile(file) for file in files}
        return {
            name: (file.schema_arrow, file.schema_arrow.metadata, file.metadata.num_row_groups,
                   file.metadata.row_group(0).column(0).compression)
            for name, file in found.items()
        }  # fmt: skip

    before = form(OLD)
    rename_model(store, OLD, NEW)
    assert form(NEW) == before


def test_there_and_back_gives_the_same_rows(store: Store) -> None:
    before = {name: frame for name, frame in shown(store).items() if name not in STUDIES}
    rename_model(store, OLD, NEW)
    rename_model(store, NEW, OLD)
    after = shown(store)
    assert all(after[name].equals(frame) for name, frame in before.items())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plantd", NEW, "no model named 'plantd'[\\s\\S]*use one of: planted-rl, planted-sft"),
        (OLD, "planted-rl", "a model named 'planted-rl' already[\\s\\S]*skillprobe remove planted-rl"),
        (OLD, OLD, "already"),
        (OLD, "a/b", "'a/b' is not a valid model name"),
        (OLD, "..", "not a valid model name"),
        (OLD, "", "not a valid model name"),
        (OLD, "x" * 129, "not a valid model name"),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, message: str, store: Store) -> None:
    before = files_of(store)
    for call in (checked_rename, rename_model):
        with pytest.raises(StoreError, match=message):
            call(store, old, new)
    assert files_of(store) == before


def test_a_name_that_only_a_claim_holds_is_in_use(store: Store) -> None:
    claims_file(store, NEW).write_text("{}")
    with pytest.raises(StoreError, match="already"):
        rename_model(store, OLD, NEW)


def test_it_waits_for_no_evaluation(store: Store) -> None:
    before = files_of(store)
    with using(store, OLD), pytest.raises(StoreError, match="another process is evaluating model 'planted-sft'"):
        rename_model(store, OLD, NEW)
    assert files_of(store) == before
    with using(store, "planted-rl"):
        rename_model(store, OLD, NEW)


def test_a_store_of_an_earlier_version_has_to_be_upgraded(store: Store) -> None:
    file = next(store.root.glob(f"verdicts/model={OLD}/step=0/*.parquet"))
    shutil.copy(file, file.with_name("part.parquet"))
    with pytest.raises(StoreError, match="skillprobe upgrade"):
        rename_model(store, OLD, NEW)


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_and_doubles_nothing(small: Store, tmp_path: Path) -> None:
    before = shown(small)
    expected = renamed(before)
    total = {name: frame.height for name, frame in before.items()}
    calls, interrupted = 0, 0
    while True:
        store = Store(shutil.copytree(small.root, tmp_path / str(calls)))
        killed = change_and_die(store, calls, "rename", OLD, NEW)
        names = set().union(*models_shown(store).values())
        assert not {OLD, NEW} <= names, (calls, names)
        assert all(frame.height <= total[name] for name, frame in shown(store).items())
        if not killed:
            break
        if decided(store) is not None:
            interrupted += 1
            assert unfinished(store, [OLD]) is not None
            with pytest.raises(StoreError, match=f"skillprobe rename {OLD} {NEW} --yes"):
                remove_model(store, "planted-rl")
        if decided(store) is not None or OLD in names:  # else it was killed while it removed its lock
            rename_model(store, OLD, NEW)
        after = shown(store)
        assert all(after[name].equals(frame) for name, frame in expected.items()), calls
        assert decided(store) is None
        assert not (store.root / "_work" / "change" / "old").exists()
        shutil.rmtree(store.root)
        calls += 1
    assert interrupted > 6
    assert calls > interrupted + 3
