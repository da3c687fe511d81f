"""Rows of an earlier version in the columns of this one; what is measured otherwise now stays stale."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.up_to_date import provenance_with
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.upgrading.conversion import STALE, converted, convertible
from skillprobe_core.project.upgrading.earlier_files import EarlierFile, of_checkpoints

BEFORE = Path(__file__).parents[2] / "data" / "store_before_protocols"
PROTOCOL = "0" * 16


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Path(shutil.copytree(BEFORE, tmp_path / "store")))


def files(store: Store) -> dict[tuple[str, int], EarlierFile]:
    return {(file.table.name, file.step): file for file in of_checkpoints(store)}


def test_what_is_computed_from_completions_alone_is_not_converted(store: Store) -> None:
    kept = {file.table.name for file in of_checkpoints(store) if convertible(file)}
    assert {"checkpoints", "generations", "logit_divergence"} <= kept
    assert not kept & {"verdicts", "skill_scores", "profile_tests"}


def test_converted_rows_fit_the_table_of_today_and_keep_their_values(store: Store) -> None:
    for file in of_checkpoints(store):
        if convertible(file):
            rows, _ = converted(file, store, PROTOCOL)
            fitted = file.table.conform(rows)
            before = file.rows()
            assert fitted.height == before.height
            same = [name for name in before.columns if name in fitted.columns]
            assert fitted.select(same).equals(
                before.select(same).cast(dict(fitted.select(same).schema)), null_equal=True
            )


def test_only_what_is_computed_in_the_same_way_is_up_to_date(store: Store) -> None:
    for (name, _), file in files(store).items():
        if not convertible(file):
            continue
        _, provenance = converted(file, store, PROTOCOL)
        if name in STALE or name == "checkpoints":
            assert provenance == file.provenance
        else:
            assert provenance == provenance_with(table_named(name), file.provenance.inputs, PROTOCOL)


def test_ids_of_tokens_come_from_the_log_as_long_as_it_is_there(store: Store) -> None:
    file = files(store)["generations", 10]
    with_log, _ = converted(file, store, PROTOCOL)
    shutil.rmtree(store.root / "_work")
    without, _ = converted(file, store, PROTOCOL)
    assert with_log["completion_ids"].null_count() < with_log.height
    assert without["completion_ids"].null_count() == without.height
    assert with_log.drop("completion_ids").equals(without.drop("completion_ids"))
