"""Asking for one fact without any help: the wordings and the draw that the unguided kinds share."""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import Domain, Draft, Drafting

from .questions import guess, questions, worded

# Many wordings, so that a fact has prompts of every split in which it may be.
WORDINGS = {
    "plain": "{question}",
    "name": "Name {phrase}.",
    "give": "Give {phrase}.",
    "state": "State {phrase}.",
    "write": "Write down {phrase}.",
    "tell": "Tell me {phrase}.",
    "quiz": "Quiz question: {question}",
    "memory": "Answer from memory: {question}",
    "short": "{question} A short answer is enough.",
    "know": "Do you know {phrase}? Please state it.",
    "friend": "A friend asks you: {question}",
    "here": "Here is a short question. {question}",
    "need": "I need to know {phrase}.",
    "looking": "I am looking for {phrase}. Can you help?",
    "fill": "Complete this sentence: {capitalised} is ...",
    "forgot": "I have forgotten {phrase}. Please remind me.",
}
_NAMES = tuple(sorted(WORDINGS))


def draft_recall(domain: Domain, level: int, rng: random.Random) -> Drafting:
    """One question of the level under one of the wordings; the reference states the facts it rests on."""
    question = rng.choice(questions(domain, level))
    wording = rng.choice(_NAMES)
    prompt = worded(WORDINGS[wording], question)
    yield prompt
    return Draft(
        prompt=prompt,
        answer=question.answer,
        reference=f"{question.recall}\nAnswer: {question.answer}",
        template=f"{question.form}/{question.relation}/{wording}",
        chance=guess(domain, level),
        accepted=question.accepted,
        units=question.units,
    )
