"""Any JSON lines or Parquet file as a source: its user says which column is what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.errors import ItemError
from skillprobe_core.items import notation
from skillprobe_core.items.schema import AnswerType, Domain, Draft, Skill, Split

from .source import Entry, choice


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a file holds what.

    prompt, answer: the question and its answer. With `options` (a column of lists) the question is multiple choice and
    the answer is an option's text, its letter, or its place from 0. `level` and `template` are columns too; without
    `template` every item is drawn alone, with it those that share a value are one cluster.
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
            f"it has no column {lacking[0]!r} (it has {', '.join(frame.columns)})",
            remedy="name the columns with --prompt, --answer, --options, --level-column and --cluster",
            path=path,
        )
    for place, row in enumerate(frame.iter_rows(named=True), start=1):
        found = _level(row[columns.level]) if columns.level else level
        prompt, answer = str(row[columns.prompt] or "").strip(), str(row[columns.answer]).strip()
        if not prompt or row[columns.answer] is None or not 1 <= found <= 5:
            raise ItemError(
                f"row {place} has no prompt, no answer or no level from 1 to 5", remedy="mend it", path=path
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
            options = [str(option) for option in row[columns.options]]
            right = _place(row[columns.answer], options)
            if right is None:
                raise ItemError(
                    f"row {place}: its answer {answer!r} is none of its options", remedy="mend it", path=path
                )
            yield Entry(name, skill, domain, found, AnswerType.CHOICE, choice(prompt, options, right, template), split)
            continue
        if answer_type is AnswerType.INTEGER and notation.number(answer, slash=False) is None:
            raise ItemError(f"row {place}: {answer!r} is no number", remedy="choose another --answer-type", path=path)
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
            remedy="name a whole .jsonl, .jsonl.gz or .parquet file",
            path=path,
        ) from error


def _level(value: object) -> int:
    """The level that a column holds; 0, which is not a level, where it holds no number."""
    try:
        return int(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


def _place(answer: object, options: list[str]) -> int | None:
    """The place of the option that an answer names by its text, its letter or its place."""
    text = str(answer).strip()
    if text in options and not isinstance(answer, int):
        return options.index(text)
    if len(text) == 1 and text.isascii() and text.isalpha():
        text = str(ord(text.upper()) - ord("A"))
    return int(text) if text.isdecimal() and int(text) < len(options) else None
