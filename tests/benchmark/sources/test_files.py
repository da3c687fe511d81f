"""A file of the user's own: its columns, and what is wrong with it by row."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Skill, Split
from skillprobe_core.benchmark.sources.files import Columns, read_file
from skillprobe_core.benchmark.sources.source import Entry
from skillprobe_core.errors import ItemError

ROWS = [
    {"q": "What is 1 + 1?", "a": 2, "hard": 1, "family": "x"},
    {"q": "And 2 + 2?", "a": 4, "hard": 5, "family": "y"},
]


def read(file: Path, columns: Columns, answer_type: AnswerType = AnswerType.INTEGER, level: int = 3) -> list[Entry]:
    return list(
        read_file(
            file, name="mine", skill=Skill.CALCULATION, domain=Domain.MATH, answer_type=answer_type, columns=columns,
            level=level, split=Split.TRAIN,
        )
    )  # fmt: skip


def as_jsonl(file: Path, rows: list[dict[str, object]]) -> Path:
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def as_gzip(file: Path, rows: list[dict[str, object]]) -> Path:
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return file


def as_parquet(file: Path, rows: list[dict[str, object]]) -> Path:
    pl.DataFrame(rows).write_parquet(file)
    return file


@pytest.mark.parametrize(
    ("name", "write"),
    [("m.jsonl", as_jsonl), ("m[1].ndjson", as_jsonl), ("m.jsonl.gz", as_gzip), ("m*.parquet", as_parquet)],
)
def test_every_format_gives_the_same_questions(
    name: str, write: Callable[[Path, list[dict[str, object]]], Path], tmp_path: Path
) -> None:
    found = read(write(tmp_path / name, ROWS), Columns("q", "a", level="hard", template="family"))
    assert [(each.draft.prompt, each.draft.answer, each.level, each.draft.template) for each in found] == [
        ("What is 1 + 1?", "2", 1, "x"),
        ("And 2 + 2?", "4", 5, "y"),
    ]
    assert {(each.kind, each.skill, each.domain, each.split) for each in found} == {
        ("mine", Skill.CALCULATION, Domain.MATH, Split.TRAIN)
    }


def test_without_columns_for_level_and_cluster_all_rows_have_the_given_level(tmp_path: Path) -> None:
    found = read(as_jsonl(tmp_path / "m.jsonl", ROWS), Columns("q", "a"), level=4)
    assert {(each.level, each.draft.template) for each in found} == {(4, "plain")}


@pytest.mark.parametrize("answer", ["fire", "B", "b", 1, "1"])
def test_the_answer_of_a_choice_is_its_text_its_letter_or_its_place(answer: object, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"prompt": "Hot?", "answer": answer, "o": ["ice", "fire", "snow"]}]
    (entry,) = read(as_jsonl(tmp_path / "m.jsonl", rows), Columns(options="o"))
    assert entry.answer_type is AnswerType.CHOICE
    assert entry.draft.answer == "B"


@pytest.mark.parametrize(
    ("row", "columns", "cause"),
    [
        ({"prompt": "a", "answer": "b"}, Columns(prompt="q"), r"no column 'q' \(the columns are prompt, answer\)"),
        ({"prompt": " ", "answer": "1"}, Columns(), "row 1 needs a prompt"),
        ({"prompt": "a", "answer": None}, Columns(), "row 1 needs a prompt, an answer"),
        ({"prompt": "a", "answer": "1", "hard": 6}, Columns(level="hard"), "level from 1 to 5; .* 6"),
        ({"prompt": "a", "answer": "1", "hard": "very"}, Columns(level="hard"), "level from 1 to 5; .* 'very'"),
        ({"prompt": "a", "answer": "1", "f": None}, Columns(template="f"), "row 1 has no 'f'"),
        ({"prompt": "a", "answer": "many"}, Columns(), "'many' is not a number"),
        ({"prompt": "a", "answer": "D", "o": ["x", "y"]}, Columns(options="o"), "'D' is not one of the options"),
    ],
)
def test_what_does_not_fit_is_named_with_its_file(
    row: dict[str, object], columns: Columns, cause: str, tmp_path: Path
) -> None:
    file = as_jsonl(tmp_path / "m.jsonl", [row])
    with pytest.raises(ItemError, match=cause) as caught:
        read(file, columns)
    assert caught.value.path == str(file)


@pytest.mark.parametrize("name", ["m.parquet", "m.jsonl"])
def test_a_cut_file_and_a_missing_one_are_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="cannot be read as"):
        read(tmp_path / name, Columns())
    (tmp_path / name).write_text('{"prompt": ')
    with pytest.raises(ItemError, match="cannot be read as"):
        read(tmp_path / name, Columns())


def _written(file: Path, content: str, encoding: str = "utf-8") -> Path:
    file.write_bytes(content.encode(encoding, "surrogatepass"))
    return file


def test_numbers_keep_their_text_and_marks_and_empty_lines_do_not_count(tmp_path: Path) -> None:
    rows = ('"answer": 4', '"answer": 0.50', '"answer": 9007199254740993', '"answer": "7", "more": {"deep": [1]}')
    lines = [f'{{"prompt": "{number}?", {row}}}' for number, row in enumerate(rows)]
    file = _written(tmp_path / "own.jsonl", "\r\n\r\n".join(lines), "utf-8-sig")
    assert [each.draft.answer for each in read(file, Columns())] == ["4", "0.50", "9007199254740993", "7"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ('{"prompt": "a", "answer": 1}\n{"prompt": "b", "ans', "line 2 cannot be read as JSON"),
        ('[{"prompt": "a", "answer": 1}]', "line 1 .*expected an object, got list"),
        ('{"prompt": "a", "answer": NaN}', "line 1 .*NaN is not a JSON value"),
        ('{"prompt": "a", "prompt": "b", "answer": 1}', "line 1 .*'prompt' is there twice"),
        ('{"prompt": "\\ud800", "answer": 1}', "line 1 .*surrogates not allowed"),
        ("\n", "holds no rows"),
        ('{"prompt": "a", "answer": {"value": 1}}', "row 1: 'answer' is dict"),
        ('{"prompt": [{"role": "user"}], "answer": 1}', "row 1: 'prompt' is list"),
        ('{"prompt": "a", "answer": " "}', "row 1 needs a prompt, an answer"),
        ('{"prompt": "a", "answer": 1}\n{"prompt": "a ", "answer": 2}', "row 2: the question 'a' is there before"),
    ],
)
def test_values_that_are_no_question_or_answer_are_named(content: str, cause: str, tmp_path: Path) -> None:
    with pytest.raises(ItemError, match=cause) as caught:
        read(_written(tmp_path / "own.jsonl", content), Columns())
    assert caught.value.remedy
