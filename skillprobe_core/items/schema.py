"""What an item is: one question with one verifiable answer, in one (skill, domain) cell."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

PROCEDURAL = "procedural"


class Skill(StrEnum):
    """The five atomic reasoning skills (arXiv 2512.24063)."""

    CALCULATION = "calculation"
    FACT_RETRIEVAL = "fact_retrieval"
    SIMULATION = "simulation"
    ENUMERATION = "enumeration"
    DIAGNOSTIC = "diagnostic"


class Domain(StrEnum):
    """What an item is about; `general` is non-reasoning question answering."""

    MATH = "math"
    SCIENCE = "science"
    CODING = "coding"
    GENERAL = "general"


class Split(StrEnum):
    """Who may see a prompt: trainers, those who tune settings, or only the evaluation."""

    TRAIN = "train"
    VALIDATION = "validation"
    EVALUATION = "evaluation"


class AnswerType(StrEnum):
    """How an answer is compared; `skillprobe_core.items.checking` holds one rule per member."""

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
    """What a kind's generator returns for one draw.

    prompt: the question as a person would ask it, without instructions on the output format.
    answer: canonical text of the answer; sequences, sets and multisets are comma-separated.
    reference: a short worked solution that uses the kind's own skill; its last line is `Answer: {answer}`.
    template: the wording or scheme drawn, the cluster of paired tests (say `sum/how_much`).
    chance: probability that the best blind guess is right, 0 to 1.
    accepted: further texts that are also right (aliases).
    tolerance: for `decimal`, the largest absolute error that is still right.
    evidence: texts that a completion must contain, in this order, to be `strict`ly correct.
    """

    prompt: str
    answer: str
    reference: str
    template: str
    chance: float
    accepted: tuple[str, ...] = ()
    tolerance: float | None = None
    evidence: tuple[str, ...] = ()


# A draw in two parts: yields the prompt once nothing more is drawn, and returns the draft.
Drafting = Generator[str, None, Draft]


def prompt_of(made: Draft | Drafting) -> str:
    """The prompt of what a kind's generator returned, which need not be worked out for it."""
    return made.prompt if isinstance(made, Draft) else next(made)


def finished(made: Draft | Drafting) -> Draft:
    """The whole draft of what a kind's generator returned, whether its prompt was read before or not."""
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
    """Where items of a public data set belong: what a `Kind` says of its items, without a generator."""

    name: str
    version: int
    skill: Skill
    domain: Domain
    answer_type: AnswerType
    source: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of asking for one skill in one domain.

    `draft(level, rng)` draws one question of a level in `levels`; it uses no randomness but `rng` and no
    iteration order of sets, so that the same draw gives the same bytes in every process. `version` rises
    whenever any draw changes.

    Nine of ten drafts are dropped for their prompt when evaluation items are drawn. So where the solution takes
    longer than the question, `draft` yields the prompt before it starts on the solution (and draws nothing more).
    """

    name: str
    version: int
    skill: Skill
    domain: Domain
    answer_type: AnswerType
    draft: Callable[[int, random.Random], Draft | Drafting]
    levels: tuple[int, ...] = (1, 2, 3, 4, 5)
    source: str = PROCEDURAL


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


# Canonical JSON: ASCII only, keys sorted, no blanks.
canonical = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def digest_of(*parts: object) -> str:
    """SHA-256, as 64 hexadecimal digits, of the parts written as canonical JSON."""
    return hashlib.sha256(canonical(parts).encode("ascii")).hexdigest()


def make_item(kind: Origin, level: int, split: Split, draft: Draft) -> Item:
    """Give a draft its identity: the first 16 digits of the digest of everything that a verdict depends on."""
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
