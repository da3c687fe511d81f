"""The fact tables: one TSV file per domain, and `relations.tsv` with the wording of each relation.

A row of a domain's table is one fact: its level (1 known to all, 6 known to few), subject, relation, answer, further
accepted texts of the answer and of the subject (separated by `|`), the law or field it belongs to, and a source. Each
relation and subject is in one row, and this pair names the fact: a unit that is evaluated or trained on.

A row of `relations.tsv` has a noun phrase and a question for a relation (`{s}` stands for the subject) and, if no two
of its subjects share an answer, both for the inverse (`{a}` stands for the answer). In a question about a number,
`{what}` and `{where}` are the two parts of a subject such as `days in a week`. `noun` completes a bare answer (`port
80`): an accepted text of every answer, for `{a}`. `article` precedes the answer in a sentence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from skillprobe_core.benchmark.item_schema import Domain

_PREPOSITION = re.compile(r" (?=(?:in|on|of|at|from)\b)")


@dataclass(frozen=True, slots=True)
class Relation:
    """The noun phrases and questions for a relation; those of the inverse are empty if there is none."""

    name: str
    ask: str
    question: str
    inverse: str
    inverse_question: str
    nouns: tuple[str, ...]
    article: str

    def asked(self, subject: str) -> str:
        """The question about a subject."""
        what, _, where = _PREPOSITION.sub("\n", subject, count=1).partition("\n")
        return self.question.format(s=subject, what=what, where=where)


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a fact table; `unit` names it."""

    unit: str
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


def _relation(row: Mapping[str, str]) -> Relation:
    return Relation(
        name=row["relation"],
        ask=row["ask"],
        question=row["question"],
        inverse=row["inverse"],
        inverse_question=row["inverse_question"],
        nouns=_texts(row["nouns"]),
        article=row["article"],
    )


@cache
def facts_of(domain: Domain) -> tuple[Fact, ...]:
    """All facts of a domain, in the order of its table."""
    relations = {row["relation"]: _relation(row) for row in _rows("relations.tsv") if row["domain"] == domain}
    return tuple(_fact(domain, row, relations[row["relation"]]) for row in _rows(f"{domain}.tsv"))


def _fact(domain: Domain, row: Mapping[str, str], relation: Relation) -> Fact:
    return Fact(
        unit=f"{domain}/{relation.name}/{row['subject']}",
        level=int(row["level"]),
        subject=row["subject"],
        relation=relation,
        answer=row["answer"],
        aliases=(*_texts(row["aliases"]), *(noun.format(a=row["answer"]) for noun in relation.nouns)),
        subject_aliases=_texts(row["subject_aliases"]),
        law=row["law"],
        source=row["source"],
    )
