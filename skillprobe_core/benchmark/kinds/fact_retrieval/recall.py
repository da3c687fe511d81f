"""Asking for one fact without any help: the wordings and the draw that the unguided kinds share."""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import Domain, Draft, Drafting

from .questions import guess, questions

# Many wordings, so that most facts are seen in training under words other than those of the evaluation.
WORDINGS = {
    "what": "What is {phrase}?",
    "tell": "Tell me {phrase}.",
    "give": "Give {phrase}.",
    "state": "State {phrase}.",
    "recall": "Recall {phrase}.",
    "say": "Say what {phrase} is.",
    "write": "Write down {phrase}.",
    "quiz": "Quiz: {phrase}?",
    "which": "You once learned {phrase}. Repeat that fact.",
    "asked": "Question: {phrase}? Answer briefly.",
}
_NAMES = tuple(sorted(WORDINGS))


def draft_recall(domain: Domain, level: int, rng: random.Random) -> Drafting:
    """One question of the level under one of the wordings; the reference states the facts it rests on."""
    question = rng.choice(questions(domain, level))
    wording = rng.choice(_NAMES)
    prompt = WORDINGS[wording].format(phrase=question.phrase)
    yield prompt
    return Draft(
        prompt=prompt,
        answer=question.answer,
        reference=f"{question.recall}\nAnswer: {question.answer}",
        template=f"{question.form}/{question.relation}/{wording}",
        chance=guess(domain, level),
        accepted=question.accepted,
    )
