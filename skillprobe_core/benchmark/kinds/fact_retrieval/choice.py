"""Recognising one fact among four options: the wordings and the draw that the choice kinds share."""

from __future__ import annotations

import random
from functools import cache

from skillprobe_core.benchmark.item_schema import Domain, Draft, Drafting

from .questions import Question, questions, worded

_LETTERS = "ABCD"
WORDINGS = {
    "plain": "{question} {options}",
    "choose": "Choose the right answer. {question} {options}",
    "options": "{question} Options: {options}",
    "letter": "{question} Give the letter of the right answer. {options}",
    "which": "Which of these is {phrase}? {options}",
    "among": "Which of the following is {phrase}: {options}?",
    "quiz": "Quiz question: {question} {options}",
    "one": "Exactly one of the four options is {phrase}. {options}. Which one is it?",
}
_NAMES = tuple(sorted(WORDINGS))
# Their answers may also hold, more loosely, for another question of the same relation.
_LOOSE_RELATIONS = frozenset({"term", "structure"})


def _suits(question: Question) -> bool:
    """True if the answer can be an option; a single letter would look like an option's name."""
    return question.relation not in _LOOSE_RELATIONS and not (len(question.answer) == 1 and question.answer.isalpha())


@cache
def choices(domain: Domain, level: int) -> tuple[tuple[Question, tuple[str, ...]], ...]:
    """Each question of the level with the answers of its like, of which three or more differ from its own."""
    pools: dict[tuple[str, str], list[str]] = {}
    suited = [question for question in questions(domain, level) if _suits(question)]
    for question in suited:
        pools.setdefault((question.form, question.relation), []).append(question.answer)
    found = []
    for question in suited:
        own = {text.casefold() for text in (question.answer, *question.accepted)}
        pool = dict.fromkeys(pools[question.form, question.relation])
        others = tuple(answer for answer in pool if answer.casefold() not in own)
        if len(others) >= len(_LETTERS) - 1:
            found.append((question, others))
    return tuple(found)


def draft_choice(domain: Domain, level: int, rng: random.Random) -> Drafting:
    """One question of the level with three false options, which are right answers to questions like it."""
    question, others = rng.choice(choices(domain, level))
    options = [question.answer, *rng.sample(others, len(_LETTERS) - 1)]
    rng.shuffle(options)
    letter = _LETTERS[options.index(question.answer)]
    wording = rng.choice(_NAMES)
    listed = ", ".join(f"{name}) {option}" for name, option in zip(_LETTERS, options, strict=True))
    prompt = worded(WORDINGS[wording].replace("{options}", listed.replace("{", "{{").replace("}", "}}")), question)
    yield prompt
    return Draft(
        prompt=prompt,
        answer=letter,
        reference=f"{question.recall} That is {letter}.\nAnswer: {letter}",
        template=f"{question.form}/{question.relation}/{wording}",
        chance=1 / len(_LETTERS),
        accepted=(question.answer,),
        units=question.units,
    )
