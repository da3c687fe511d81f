"""A table is computed once for given inputs, under a data version that follows them, and completely or not at all."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Frames, Need, Table
from skillprobe_core.engine.up_to_date import (
    bring_up_to_date,
    computed,
    provenance_of,
    stored_partition,
    stored_result,
    write_rows,
)
from skillprobe_core.errors import SettingsError, StoreError


@dataclass
class Word:
    """A subject: a word of a run, whose letters are counted."""

    store: Store
    word: str = "hello"
    step: int = 0
    counted: list[str] = field(default_factory=list)

    def partition(self, table: Table) -> Partition:
        return Partition.checkpoint("run", self.step)


def count(word: Word) -> pl.DataFrame:
    word.counted.append(word.word)
    return pl.DataFrame({"model": "run", "step": word.step, "letters": [len(word.word)]})


LETTERS = Table(
    name="letters",
    version=1,
    about="One row per checkpoint",
    key=("model", "step"),
    columns=(*CHECKPOINT_KEYS, Column("letters", pl.Int32, "Letters of the word", "letters")),
    needs=(Need("word", lambda subject: {"word": subject.word}),),
    compute=count,
)


def test_rows_of_the_same_inputs_are_computed_once(tmp_path: Path) -> None:
    word = Word(Store(tmp_path))
    first = bring_up_to_date(LETTERS, word)
    again = bring_up_to_date(LETTERS, word)
    assert (first.reused, again.reused) == (False, True)
    assert first.provenance.data_version == again.provenance.data_version == provenance_of(LETTERS, word).data_version
    assert first.rows == again.rows == 1
    assert first.path == again.path == word.store.path(LETTERS, first.partition)
    assert word.counted == ["hello"]
    assert word.store.read(LETTERS, first.partition)["letters"].to_list() == [5]


@pytest.mark.parametrize("change", ["input", "version", "code_version"])
def test_other_inputs_or_code_compute_the_rows_again(change: str, tmp_path: Path) -> None:
    word = Word(Store(tmp_path))
    before = bring_up_to_date(LETTERS, word)
    table = LETTERS
    if change == "input":
        word.word = "hi"
    else:
        table = replace(LETTERS, **{change: 2 if change == "version" else "2"})  # type: ignore[arg-type]
    after = bring_up_to_date(table, word)
    assert not after.reused
    assert after.provenance.data_version != before.provenance.data_version
    assert len(word.counted) == 2


def test_a_decision_stands_whatever_changes(tmp_path: Path) -> None:
    word = Word(Store(tmp_path))
    table = replace(LETTERS, decision=True)
    first = bring_up_to_date(table, word)
    word.word = "other"
    again = bring_up_to_date(table, word)
    assert again.reused
    assert again.provenance == replace(first.provenance, table_version=1)
    assert again.provenance.inputs == {"word": "hello"}


def test_a_partition_named_by_its_content_is_found_by_its_inputs(tmp_path: Path) -> None:
    table = replace(LETTERS, partitioned=False, named_by=lambda rows: Partition.item_set(f"of-{rows['letters'][0]}"))
    word = Word(Store(tmp_path))
    assert bring_up_to_date(table, word).partition == Partition.item_set("of-5")
    other = replace(word, word="hi")
    assert bring_up_to_date(table, other).partition == Partition.item_set("of-2")
    assert bring_up_to_date(table, word).reused
    assert stored_partition(table, word, provenance_of(table, word)) == Partition.item_set("of-5")
    assert stored_partition(table, replace(word, word="new"), provenance_of(table, replace(word, word="new"))) is None


def test_an_input_that_is_missing_or_a_computation_that_fails_writes_nothing(tmp_path: Path) -> None:
    def missing(_: object) -> dict[str, str]:
        raise StoreError("no rows", remedy="compute them")

    def half(word: Word) -> Iterator[pl.DataFrame]:
        yield count(word)
        raise SettingsError("the second frame fails", remedy="correct it")

    word = Word(Store(tmp_path))
    for table in (replace(LETTERS, needs=(Need("word", missing),)), replace(LETTERS, compute=half)):
        with pytest.raises((StoreError, SettingsError)):
            bring_up_to_date(table, word)
    assert not list(tmp_path.glob("letters/**/*.parquet"))
    before = bring_up_to_date(LETTERS, word).path.read_bytes()
    word.word = "changed"
    with pytest.raises(SettingsError):
        bring_up_to_date(replace(LETTERS, compute=half), word)
    assert word.store.path(LETTERS, word.partition(LETTERS)).read_bytes() == before


def test_another_computation_of_the_same_rows_can_be_given(tmp_path: Path) -> None:
    word = Word(Store(tmp_path))

    def noisy(subject: Word) -> Frames:
        return count(subject).with_columns(letters=pl.lit(7))

    result = bring_up_to_date(LETTERS, word, noisy)
    assert word.store.read(LETTERS, result.partition)["letters"].to_list() == [7]
    assert bring_up_to_date(LETTERS, word).reused, "the version follows the inputs"


def test_two_runs_at_one_time_compute_once(tmp_path: Path) -> None:
    word = Word(Store(tmp_path))
    results: list[bool] = []
    runs = [threading.Thread(target=lambda: results.append(bring_up_to_date(LETTERS, word).reused)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(results) == [False, True, True, True]
    assert word.counted == ["hello"]


def test_rows_may_be_computed_without_writing_and_written_without_computing(tmp_path: Path) -> None:
    word = Word(Store(tmp_path))
    rows = computed(
        replace(LETTERS, compute=lambda subject: iter([count(subject), count(replace(subject, step=1))])), word
    )
    assert rows["step"].to_list() == [0, 1]
    assert not list(tmp_path.rglob("*.parquet"))
    write_rows(LETTERS, word, rows.head(1))
    assert bring_up_to_date(LETTERS, word).reused


def test_a_stored_result_is_that_of_its_file(tmp_path: Path) -> None:
    word = Word(Store(tmp_path))
    with pytest.raises(StoreError, match="has no rows for"):
        stored_result(LETTERS, word.store, word.partition(LETTERS))
    made = bring_up_to_date(LETTERS, word)
    found = stored_result(LETTERS, word.store, made.partition)
    assert (found.reused, found.rows, found.path) == (True, 1, made.path)
    assert found.provenance.data_version == made.provenance.data_version


def test_a_table_without_a_computation_is_a_bug(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="'letters' declares no computation"):
        bring_up_to_date(replace(LETTERS, compute=None), Word(Store(tmp_path)))


@dataclass
class WordInFile(Word):
    """A subject whose word lies in a file."""

    file: Path = field(default_factory=Path)

    def confirm(self, table: Table, *, in_use: bool) -> None:
        if self.file.read_text() != self.word:
            raise StoreError("the word was replaced" + " while it was counted" * in_use, remedy="count again")


@pytest.mark.parametrize("by_parts", [True, False])
def test_rows_of_a_file_that_is_replaced_meanwhile_are_not_written(tmp_path: Path, *, by_parts: bool) -> None:
    file = tmp_path / "word"
    file.write_text("hello")
    word = WordInFile(Store(tmp_path / "store"), file=file)

    def replacing(subject: WordInFile) -> Frames:
        def parts() -> Iterator[pl.DataFrame]:
            yield count(subject)
            file.write_text("other")

        return parts() if by_parts else pl.concat(parts())

    def failing(subject: WordInFile) -> Frames:
        file.write_text("other")
        raise ZeroDivisionError

    for compute in (replacing, failing):
        file.write_text("hello")
        with pytest.raises(StoreError, match="replaced while it was counted"):
            bring_up_to_date(LETTERS, word, compute)
    with pytest.raises(StoreError, match=r"the word was replaced\n"):
        bring_up_to_date(LETTERS, word)
    with pytest.raises(StoreError, match="replaced while it was counted"):
        write_rows(LETTERS, word, count(word))
    assert word.store.provenance(LETTERS, word.partition(LETTERS)) is None
    file.write_text("hello")
    assert bring_up_to_date(LETTERS, word).rows == 1
