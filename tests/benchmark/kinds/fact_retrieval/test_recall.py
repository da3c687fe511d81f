"""A question without help: one of sixteen wordings, and a reference that states the facts."""

import random
from collections import Counter

import pytest

from skillprobe_core.benchmark.item_schema import Domain, finished
from skillprobe_core.benchmark.kinds.fact_retrieval.questions import questions
from skillprobe_core.benchmark.kinds.fact_retrieval.recall import WORDINGS, draft_recall


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize("level", [1, 5])
def test_the_reference_states_the_facts_and_ends_in_the_answer(domain: Domain, level: int) -> None:
    known = {question.recall: question for question in questions(domain, level)}
    rng = random.Random(level)
    for _ in range(60):
        draft = finished(draft_recall(domain, level, rng))
        recall, answer = draft.reference.rsplit("\nAnswer: ", 1)
        assert known[recall].answer == answer == draft.answer
        question = known[recall]
        assert draft.units == question.units
        assert question.asked in draft.prompt or question.phrase[1:] in draft.prompt


def test_wordings_are_equally_likely() -> None:
    rng = random.Random(0)
    counts = Counter(finished(draft_recall(Domain.GENERAL, 1, rng)).template.rpartition("/")[2] for _ in range(4000))
    assert set(counts) == set(WORDINGS)
    assert max(counts.values()) < 2 * min(counts.values())
