"""Asking for one fact with a hint at the law or field: the wordings and the draw that the guided kinds share."""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import Domain, Draft, Drafting

from .questions import guess, questions, worded

WORDINGS = {
    "about": "This is a question about {law}. {question}",
    "on": "A question on {law}: {question}",
    "topic": "Topic: {law}. {question}",
    "hint": "{question} Hint: think of {law}.",
    "think": "Think of {law}. {question}",
    "quiz": "In a quiz on {law}, you are asked: {question}",
    "test": "For a test on {law}, state {phrase}.",
    "know": "Using what you know about {law}, give {phrase}.",
    "recall": "Recall what you have learned about {law}. {question}",
    "concerns": "My question concerns {law}. {question}",
    "name": "Name {phrase}. The subject is {law}.",
    "studying": "I am studying {law}. {question}",
    "fill": "Complete this sentence about {law}: {capitalised} is ...",
    "mind": "With {law} in mind, name {phrase}.",
    "write": "Subject: {law}. Write down {phrase}.",
    "look": "A page on {law} would state {phrase}. Please state it too.",
}
_NAMES = tuple(sorted(WORDINGS))


def draft_guided(domain: Domain, level: int, rng: random.Random) -> Drafting:
    """One question of the level with its law or field."""
    question = rng.choice(questions(domain, level, with_two_hops=False))
    wording = rng.choice(_NAMES)
    prompt = worded(WORDINGS[wording], question)
    yield prompt
    return Draft(
        prompt=prompt,
        answer=question.answer,
        reference=f"The subject is {question.law}. {question.recall}\nAnswer: {question.answer}",
        template=f"{question.form}/{question.relation}/{wording}",
        chance=guess(domain, level, with_two_hops=False),
        accepted=question.accepted,
        units=question.units,
    )
