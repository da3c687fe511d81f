"""Questions made from fact tables: direct, the other way round, and over two facts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from skillprobe_core.benchmark.item_schema import Domain

from .facts import Fact, facts_of

# Levels of the facts that a question of two hops joins, by the level that has it: common facts would not be hard.
_JOINED = {5: range(3, 6), 6: range(4, 7)}
_POSSESSIVE = re.compile(r"\w'|s' ")


@dataclass(frozen=True, slots=True)
class Question:
    """A noun phrase that stands for one answer (`the capital of Peru`) and the question for it.

    `recall` states the facts used, one sentence each; `form` is `direct`, `inverse` or `two_hops`. `units` names the
    facts.
    """

    phrase: str
    asked: str
    answer: str
    accepted: tuple[str, ...]
    recall: str
    relation: str
    form: str
    law: str
    units: tuple[str, ...]


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|an|a) ", "", text)


def asks_away(phrase: str, answer: str) -> bool:
    """True if the question contains the answer as a whole word or phrase."""
    return re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", phrase.casefold()) is not None


def worded(wording: str, question: Question) -> str:
    """A prompt: a wording with `{question}`, `{phrase}`, `{capitalised}` (the phrase as a beginning) and `{law}`."""
    return wording.format(
        question=question.asked, phrase=question.phrase, capitalised=_capitalised(question.phrase), law=question.law
    )


def direct(fact: Fact) -> Question:
    """The fact as its table states it: asks for the answer."""
    relation = fact.relation
    phrase = relation.ask.format(s=fact.subject)
    article = "" if _POSSESSIVE.search(fact.answer) else relation.article
    recall = f"{_capitalised(phrase)} is {f'{article} {fact.answer}'.strip()}."
    return Question(
        phrase, relation.asked(fact.subject), fact.answer, fact.aliases, recall, relation.name, "direct", fact.law,
        (fact.unit,),
    )  # fmt: skip


def inverse(fact: Fact) -> Question:
    """The fact the other way round: asks for the subject. Only for relations that have an inverse."""
    relation = fact.relation
    phrase = relation.inverse.format(a=fact.answer)
    recall = f"{_capitalised(phrase)} is {fact.subject}."
    return Question(
        phrase, relation.inverse_question.format(a=fact.answer), fact.subject, fact.subject_aliases, recall,
        relation.name, "inverse", fact.law, (fact.unit,),
    )  # fmt: skip


def _two_hops(first: Question, second: Fact) -> Question:
    return Question(
        phrase=second.relation.ask.format(s=first.phrase),
        asked=second.relation.asked(first.phrase),
        answer=second.answer,
        accepted=second.aliases,
        recall=f"{first.recall} {direct(second).recall}",
        relation=f"{first.relation}_{second.relation.name}",
        form="two_hops",
        law=second.law,
        units=(*first.units, second.unit),
    )


@cache
def two_hops(domain: Domain, level: int = 5) -> tuple[Question, ...]:
    """Every question over two facts of different relations where the first one's answer is the second's subject.

    Level 5 joins facts of level 3 to 5. Level 6 joins a fact of level 6 with another of level 4 or more.
    """
    facts = [fact for fact in facts_of(domain) if fact.level in _JOINED[level]]
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
            if level < 6 or 6 in {fact.level, second.level}
        ]
    return tuple(question for question in found if not asks_away(question.phrase, question.answer))


@cache
def questions(domain: Domain, level: int, with_two_hops: bool = True) -> tuple[Question, ...]:
    """The questions of a level: all ask facts of that level, 4 also turns them round, 5 also joins two facts (or,
    without two hops, turns facts round), and 6 does both."""
    facts = [fact for fact in facts_of(domain) if fact.level == level]
    found = [direct(fact) for fact in facts]
    if level in {4, 6} or (level == 5 and not with_two_hops):
        found += [inverse(fact) for fact in facts if fact.relation.inverse]
    if level >= 5 and with_two_hops:
        found += two_hops(domain, level)
    return tuple(question for question in found if not asks_away(question.phrase, question.answer))


@cache
def guess(domain: Domain, level: int, with_two_hops: bool = True) -> float:
    """The share of the most frequent answer of a level: what the best constant guess gets right."""
    answers = Counter(question.answer for question in questions(domain, level, with_two_hops))
    return max(answers.values()) / sum(answers.values())
