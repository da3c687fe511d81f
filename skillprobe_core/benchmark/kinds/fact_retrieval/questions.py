"""Questions made from fact tables: direct, the other way round, and over two facts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from skillprobe_core.benchmark.item_schema import Domain

from .facts import Fact, facts_of


@dataclass(frozen=True, slots=True)
class Question:
    """A noun phrase that stands for one answer (`the capital of Peru`), with what is needed to answer it.

    `recall` states the facts used, one sentence each; `form` is `direct`, `inverse` or `two_hops`.
    """

    phrase: str
    answer: str
    accepted: tuple[str, ...]
    recall: str
    relation: str
    form: str
    law: str


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|an|a) ", "", text)


def asks_away(phrase: str, answer: str) -> bool:
    """True if the question contains the answer as a whole word or phrase."""
    return re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", phrase.casefold()) is not None


def direct(fact: Fact) -> Question:
    """The fact as its table states it: asks for the answer."""
    phrase = fact.relation.ask.format(s=fact.subject)
    recall = f"{_capitalised(phrase)} is {fact.answer}."
    return Question(phrase, fact.answer, fact.aliases, recall, fact.relation.name, "direct", fact.law)


def inverse(fact: Fact) -> Question:
    """The fact the other way round: asks for the subject. Only for relations that have an inverse."""
    phrase = fact.relation.inverse.format(a=fact.answer)
    recall = f"{_capitalised(phrase)} is {fact.subject}."
    return Question(phrase, fact.subject, fact.subject_aliases, recall, fact.relation.name, "inverse", fact.law)


def _two_hops(first: Question, second: Fact) -> Question:
    phrase = second.relation.ask.format(s=first.phrase)
    recall = f"{first.recall} {direct(second).recall}"
    relation = f"{first.relation}_{second.relation.name}"
    return Question(phrase, second.answer, second.aliases, recall, relation, "two_hops", second.law)


@cache
def two_hops(domain: Domain) -> tuple[Question, ...]:
    """Every question over two facts of different relations where the first one's answer is the second's subject."""
    facts = facts_of(domain)
    by_subject: dict[str, list[Fact]] = {}
    for fact in facts:
        by_subject.setdefault(_bare(fact.subject), []).append(fact)
    found = []
    for fact in facts:
        firsts = [direct(fact)] + ([inverse(fact)] if fact.relation.inverse else [])
        found += [
            _two_hops(first, second)
            for first in firsts
            for second in by_subject.get(_bare(first.answer), [])
            if second.relation != fact.relation and second.relation.ask.endswith("{s}")
        ]
    return tuple(question for question in found if not asks_away(question.phrase, question.answer))


@cache
def questions(domain: Domain, level: int, with_two_hops: bool = True) -> tuple[Question, ...]:
    """The questions of a level: 1 to 3 ask facts of that level; 4 turns facts of levels 3 and 4 round or asks those
    of level 4; 5 joins two facts (or, without two hops, turns facts of level 5 round) or asks those of level 5."""
    facts = facts_of(domain)
    found = [direct(fact) for fact in facts if fact.level == level]
    turned = {4: (3, 4), 5: () if with_two_hops else (5,)}.get(level, ())
    found += [inverse(fact) for fact in facts if fact.level in turned and fact.relation.inverse]
    if level == 5 and with_two_hops:
        found += two_hops(domain)
    return tuple(question for question in found if not asks_away(question.phrase, question.answer))


@cache
def guess(domain: Domain, level: int, with_two_hops: bool = True) -> float:
    """The share of the most frequent answer of a level: what the best constant guess gets right."""
    answers = Counter(question.answer for question in questions(domain, level, with_two_hops))
    return max(answers.values()) / sum(answers.values())
