"""Any JSON lines or Parquet file as a source, with its columns named by the user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.errors import ItemError

from .source import Entry, choice


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
    frame = _table(path)
    named = (columns.prompt, columns.answer, columns.options, columns.level, columns.template)
    lacking = [column for column in named if column and column not in frame.columns]
    if lacking:
        raise ItemError(
            f"there is no column {lacking[0]!r} (the columns are {', '.join(frame.columns)})",
            remedy="name the file's columns with --prompt, --answer, --options, --level-column and --cluster",
            path=path,
        )
    for place, row in enumerate(frame.iter_rows(named=True), start=1):
        found = _level(row[columns.level]) if columns.level else level
        prompt, answer = str(row[columns.prompt] or "").strip(), str(row[columns.answer]).strip()
        if not prompt or row[columns.answer] is None or not 1 <= found <= 5:
            raise ItemError(
                f"row {place} needs a prompt, an answer and a level from 1 to 5; it has {prompt!r}, "
                f"{row[columns.answer]!r} and {row[columns.level] if columns.level else found!r}",
                remedy="fill in the missing value or remove the row, then import the file again",
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


def _table(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, glob=False)
        return pl.read_ndjson(path.read_bytes(), infer_schema_length=None)  # a path would be taken for a pattern
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ItemError(
            f"cannot be read as {'Parquet' if path.suffix == '.parquet' else 'JSON lines'}: {error}",
            remedy="give the path of a complete .jsonl, .jsonl.gz, .ndjson or .parquet file",
            path=path,
        ) from error


def _level(value: object) -> int:
    """The level that a column holds; 0, which is not a level, where it holds no number."""
    try:
        return int(value) if isinstance(value, int | float | str) else 0
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
