"""The fact tables: one TSV file per domain, and `relations.tsv` with the wording of each relation.

A row of a domain's table is one fact: its level (1 known to all, 5 known to few), subject, relation, answer, further
accepted texts of the answer and of the subject (separated by `|`), the law or field it belongs to, and a source. A
row of `relations.tsv` has the question for a relation (`{s}` stands for the subject) and, if no two of its subjects
share an answer, the inverse question (`{a}` stands for the answer).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from skillprobe_core.benchmark.item_schema import Domain


@dataclass(frozen=True, slots=True)
class Relation:
    """The questions for a relation; `inverse` is empty if an answer does not determine the subject."""

    name: str
    ask: str
    inverse: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a fact table."""

    level: int
    subject: str
    relation: Relation
    answer: str
    aliases: tuple[str, ...]
    subject_aliases: tuple[str, ...]
    law: str
    source: str


def _rows(name: str) -> list[Mapping[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def _texts(cell: str) -> tuple[str, ...]:
    return tuple(text for text in cell.split("|") if text)


@cache
def facts_of(domain: Domain) -> tuple[Fact, ...]:
    """All facts of a domain, in the order of its table."""
    relations = {
        row["relation"]: Relation(row["relation"], row["ask"], row["inverse"])
        for row in _rows("relations.tsv")
        if row["domain"] == domain
    }
    return tuple(
        Fact(
            level=int(row["level"]),
            subject=row["subject"],
            relation=relations[row["relation"]],
            answer=row["answer"],
            aliases=_texts(row["aliases"]),
            subject_aliases=_texts(row["subject_aliases"]),
            law=row["law"],
            source=row["source"],
        )
        for row in _rows(f"{domain}.tsv")
    )
