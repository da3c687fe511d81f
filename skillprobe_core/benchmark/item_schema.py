"""Items: each is one question with one verifiable answer, in one (skill, domain) cell."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.plugins import LAST

PROCEDURAL = "procedural"


class Skill(StrEnum):
    """The five atomic reasoning skills (arXiv 2512.24063)."""

    CALCULATION = "calculation"
    FACT_RETRIEVAL = "fact_retrieval"
    SIMULATION = "simulation"
    ENUMERATION = "enumeration"
    DIAGNOSTIC = "diagnostic"


class Domain(StrEnum):
    """The subject of an item; `general` is non-reasoning question answering."""

    MATH = "math"
    SCIENCE = "science"
    CODING = "coding"
    GENERAL = "general"


class Split(StrEnum):
    """The permitted use of a prompt: training, tuning of settings, or only evaluation."""

    TRAIN = "train"
    VALIDATION = "validation"
    EVALUATION = "evaluation"


class AnswerType(StrEnum):
    """Type of an answer, which sets its comparison; `judging/readers` compare it."""

    INTEGER = "integer"
    RATIONAL = "rational"
    DECIMAL = "decimal"
    CHOICE = "choice"
    SEQUENCE = "sequence"
    SET = "set"
    MULTISET = "multiset"
    TEXT = "text"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draw of a kind's generator.

    prompt: the question as a person would ask it, without instructions on the output format.
    answer: canonical text of the answer; sequences, sets and multisets are comma-separated.
    reference: a short worked solution that uses the kind's own skill; its last line is `Answer: {answer}`.
    template: the wording or scheme drawn, the cluster of paired tests (for example `sum/how_much`).
    chance: probability that the best blind guess is correct, 0 to 1.
    accepted: further texts that are also correct (aliases).
    tolerance: for `decimal`, the largest absolute error that is still correct.
    evidence: the steps as texts, in order, by which `shows_steps` recognises a completion that writes them out.
    units: what the question rests on and other draws may rest on as well, such as facts. A unit is evaluated or
        trained on, never both (`splits.py`), and an item set has it once per cell.
    steps: number of elementary steps that a solver who skips nothing carries out, each done in one look: a column of an
        addition, a move, a case looked at, a line checked, a fact recalled. 0 where nobody counted.
    """

    prompt: str
    answer: str
    reference: str
    template: str
    chance: float
    accepted: tuple[str, ...] = ()
    tolerance: float | None = None
    evidence: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    steps: int = 0


# A draw in two parts: it yields the prompt after the last random number, and returns the draft.
Drafting = Generator[str, None, Draft]


def prompt_of(made: Draft | Drafting) -> str:
    """The prompt of a generator's result; a solution that is not computed yet stays so."""
    return made.prompt if isinstance(made, Draft) else next(made)


def finished(made: Draft | Drafting) -> Draft:
    """The complete draft of a generator's result, before or after its prompt has been read."""
    if isinstance(made, Draft):
        return made
    while True:
        try:
            next(made)
        except StopIteration as end:
            draft: Draft = end.value
            return draft


@dataclass(frozen=True, slots=True)
class Imported:
    """Origin of items of a public data set: like `Kind`, but without a generator."""

    name: str
    version: int
    skill: Skill
    domain: Domain
    answer_type: AnswerType
    source: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of question that tests one skill in one domain.

    `draft(level, rng)` draws one question of a level in `levels`. Its only randomness is `rng`, and it does not depend
    on the iteration order of sets, so that the same draw gives the same bytes in every process. Raise `version`
    whenever any draw changes.

    When evaluation items are drawn, nine of ten drafts are dropped because of their prompt. So if the solution takes
    longer than the question, `draft` yields the prompt before it starts on the solution (and draws nothing more).

    order: its place among the kinds of its cell, in which they are listed and their training items come.
    grows: what gets larger from level 5 on and how far, or what ends the ladder there; one phrase for the docs.
    """

    name: str
    version: int
    skill: Skill
    domain: Domain
    answer_type: AnswerType
    draft: Callable[[int, random.Random], Draft | Drafting]
    levels: tuple[int, ...] = (1, 2, 3, 4, 5)
    source: str = PROCEDURAL
    order: int = LAST
    grows: str = ""


Origin = Kind | Imported


class Item(NamedTuple):
    """One question of an item set; a row of the `items` table."""

    item_id: str
    kind: str
    kind_version: int
    skill: Skill
    domain: Domain
    level: int
    split: Split
    template: str
    prompt: str
    answer: str
    answer_type: AnswerType
    reference: str
    chance: float
    source: str
    accepted: tuple[str, ...] = ()
    tolerance: float | None = None
    evidence: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Item:
        """The item of a row of the `items` table, by column name; other columns are ignored."""
        return cls(
            item_id=row["item_id"],
            kind=row["kind"],
            kind_version=row["kind_version"],
            skill=Skill(row["skill"]),
            domain=Domain(row["domain"]),
            level=row["level"],
            split=Split(row["split"]),
            template=row["template"],
            prompt=row["prompt"],
            answer=row["answer"],
            answer_type=AnswerType(row["answer_type"]),
            reference=row["reference"],
            chance=row["chance"],
            source=row["source"],
            accepted=tuple(row["accepted"] or ()),
            tolerance=row["tolerance"],
            evidence=tuple(row["evidence"] or ()),
        )


def make_item(kind: Origin, level: int, split: Split, draft: Draft) -> Item:
    """The item of a draft; its id is the first 16 digits of the digest of everything that a verdict depends on."""
    identity = digest_of(
        kind.name, kind.version, level, draft.prompt, draft.answer, kind.answer_type,
        list(draft.accepted), draft.tolerance, list(draft.evidence),
    )  # fmt: skip
    return Item(
        item_id=identity[:16],
        kind=kind.name,
        kind_version=kind.version,
        skill=kind.skill,
        domain=kind.domain,
        level=level,
        split=split,
        template=f"{kind.name}/{draft.template}",
        prompt=draft.prompt,
        answer=draft.answer,
        answer_type=kind.answer_type,
        reference=draft.reference,
        chance=draft.chance,
        source=kind.source,
        accepted=draft.accepted,
        tolerance=draft.tolerance,
        evidence=draft.evidence,
    )
