"""Asking for one fact with a hint at the law or field: the wordings and the draw that the guided kinds share."""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import Domain, Draft, Drafting

from .questions import guess, questions

WORDINGS = {
    "by": "Going by {law}, what is {phrase}? Name what you go by.",
    "use": "Use {law} to give {phrase}, and name what you use.",
    "field": "This belongs to {law}: what is {phrase}? Name the field too.",
    "think": "Think of {law}. What is {phrase}? Mention what you thought of.",
    "hint": "What is {phrase}? Hint: {law}. Refer to the hint by name.",
    "from": "From {law}, recall {phrase}, and say what source that is.",
    "quote": "State {phrase}, quoting {law} by name.",
    "topic": "Topic: {law}. Question: {phrase}? Repeat the topic, then answer.",
}
_NAMES = tuple(sorted(WORDINGS))


def draft_guided(domain: Domain, level: int, rng: random.Random) -> Drafting:
    """One question of the level with its law or field; a strict answer names that as well as the fact."""
    question = rng.choice(questions(domain, level, with_two_hops=False))
    wording = rng.choice(_NAMES)
    prompt = WORDINGS[wording].format(law=question.law, phrase=question.phrase)
    yield prompt
    recall = question.recall[0].lower() + question.recall[1:]
    return Draft(
        prompt=prompt,
        answer=question.answer,
        reference=f"By {question.law}, {recall}\nAnswer: {question.answer}",
        template=f"{question.form}/{question.relation}/{wording}",
        chance=guess(domain, level, with_two_hops=False),
        accepted=question.accepted,
        evidence=(question.law.removeprefix("the "),),
    )
