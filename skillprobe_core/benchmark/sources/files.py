"""Any JSON lines or Parquet file as a source, with its columns named by the user."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.errors import ItemError, one_line

from .source import Entry, choice

_GZIP = b"\x1f\x8b"
_ONE_PER_LINE = 'write one object per line, for example {"prompt": "What is 1 + 1?", "answer": "2"}'


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file.

    prompt, answer: the question and its answer. With `options` (a column of lists) the question is multiple choice and
    the answer is an option's text, its letter, or its position from 0. `level` and `template` are also columns; items
    with the same `template` form one cluster, and without it every item is independent.
    """

    prompt: str = "prompt"
    answer: str = "answer"
    options: str | None = None
    level: str | None = None
    template: str | None = None


def read_file(
    path: Path,
    *,
    name: str,
    skill: Skill,
    domain: Domain,
    answer_type: AnswerType,
    columns: Columns,
    level: int = 3,
    tolerance: float | None = None,
    split: Split | None = None,
) -> Iterator[Entry]:
    """The questions of a .jsonl, .jsonl.gz, .ndjson or .parquet file, in its order.

    Raises ItemError for a file that cannot be read, a column that it lacks, and a row without a usable answer, a level
    or a cluster.
    """
    names, rows = _table(path)
    named = (columns.prompt, columns.answer, columns.options, columns.level, columns.template)
    lacking = [column for column in named if column and column not in names]
    if lacking:
        raise ItemError(
            f"there is no column {lacking[0]!r} (the columns are {', '.join(names)})",
            remedy="name the file's columns with --prompt, --answer, --options, --level-column and --cluster",
            path=path,
        )
    answers: dict[tuple[str, str], str] = {}
    for place, row in enumerate(rows, start=1):
        found = _level(row[columns.level]) if columns.level else level
        prompt, answer = (_text(row, column, place, path) for column in (columns.prompt, columns.answer))
        if not prompt or not answer or not 1 <= found <= 5:
            raise ItemError(
                f"row {place} needs a prompt, an answer and a level from 1 to 5; it has {prompt!r}, "
                f"{row[columns.answer]!r} and {row[columns.level] if columns.level else found!r}",
                remedy="fill in the missing value or remove the row, then import the file again",
                path=path,
            )
        options_given = str(row[columns.options]) if columns.options else ""
        if answers.setdefault((prompt, options_given), answer) != answer:
            raise ItemError(
                f"row {place}: the question {prompt[:60]!r} is there before with the answer "
                f"{answers[prompt, options_given][:60]!r}, and here with {answer[:60]!r}",
                remedy="remove the wrong row, then import the file again",
                path=path,
            )
        if columns.template and row[columns.template] is None:
            raise ItemError(
                f"row {place} has no {columns.template!r}, so it would be clustered with the other rows that have none",
                remedy=f"give every row a value of {columns.template!r} (a value of its own to a row drawn alone), "
                "or import without --cluster",
                path=path,
            )
        template = str(row[columns.template]) if columns.template else "plain"
        if columns.options:
            given = row[columns.options]
            if not isinstance(given, list):
                raise ItemError(
                    f"row {place}: {columns.options!r} is {str(given)[:40]!r}, not a list of options",
                    remedy="give every row a list of texts there, or name another column with --options",
                    path=path,
                )
            options = [str(option) for option in given]
            right = _place(row[columns.answer], options)
            if right is None:
                raise ItemError(
                    f"row {place}: answer {answer!r} is not one of the options {options}",
                    remedy="write the answer as the option's text, its letter or its position from 0, then import the "
                    "file again",
                    path=path,
                )
            yield Entry(name, skill, domain, found, AnswerType.CHOICE, choice(prompt, options, right, template), split)
            continue
        if answer_type is AnswerType.INTEGER and notation.number(answer, slash=False) is None:
            raise ItemError(
                f"row {place}: answer {answer!r} is not a number",
                remedy="choose the --answer-type that fits the answers, for example text",
                path=path,
            )
        draft = Draft(prompt, answer, f"Answer: {answer}", template, 0.0, tolerance=tolerance)
        yield Entry(name, skill, domain, found, answer_type, draft, split)


def _table(path: Path) -> tuple[list[str], Iterable[dict[str, object]]]:
    """The columns of a file and its rows, in which every row has every column."""
    if path.suffix != ".parquet":
        found = list(_json_lines(path))
        if not found:
            raise ItemError("holds no rows", remedy=_ONE_PER_LINE, path=path)
        names = list(dict.fromkeys(name for row in found for name in row))
        return names, (dict.fromkeys(names) | row for row in found)
    try:
        frame = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ItemError(
            f"cannot be read as Parquet: {error}", remedy="give the path of a complete .parquet file", path=path
        ) from error
    return frame.columns, frame.iter_rows(named=True)


def _json_lines(path: Path) -> Iterator[dict[str, object]]:
    """The objects of a file with one per line. Numbers stay as they are written: a key of 4 does not become 4.0."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ItemError(
            f"cannot be read as JSON lines: {error}",
            remedy="give the path of a complete .jsonl, .jsonl.gz, .ndjson or .parquet file; texts are in UTF-8",
            path=path,
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_object)
            line.encode()
            json.dumps(row, ensure_ascii=False).encode()  # half of a character may also be written as an escape
        except (ValueError, RecursionError) as error:
            row, reason = None, one_line(error)
        else:
            reason = f"expected an object, got {_shown(row)}"
        if not isinstance(row, dict):
            raise ItemError(
                f"line {number} cannot be read as JSON: {reason}",
                remedy=_ONE_PER_LINE,
                path=path,
            )
        yield row


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON value; write it as text, in quotes")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _text(row: Mapping[str, object], column: str, place: int, path: Path) -> str:
    """A question or an answer as text without outer whitespace; empty if there is none."""
    value = row[column]
    if isinstance(value, list | dict) or (isinstance(value, float) and not math.isfinite(value)):
        raise ItemError(
            f"row {place}: {column!r} is {_shown(value)}, not a text or a number",
            remedy="write a text there, or name another column with --prompt or --answer",
            path=path,
        )
    return "" if value is None else str(value).strip()


def _shown(value: object) -> str:
    return f"{type(value).__name__} {str(value)[:40]!r}"


def _level(value: object) -> int:
    """The level that a column holds; 0, which is not a level, where it holds no integer."""
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
        return int(number) if number.is_integer() else 0
    except (ValueError, OverflowError):
        return 0


def _place(answer: object, options: list[str]) -> int | None:
    """The position of the option that an answer gives by its text, letter or position."""
    text = str(answer).strip()
    if text in options and not isinstance(answer, int):
        return options.index(text)
    if len(text) == 1 and text.isascii() and text.isalpha():
        text = str(ord(text.upper()) - ord("A"))
    return int(text) if text.isdecimal() and int(text) < len(options) else None
