"""A question without help: one of sixteen wordings, and a reference that states the facts."""

import random
from collections import Counter
from operator import attrgetter

import pytest

from skillprobe_core.benchmark.item_schema import Domain, finished
from skillprobe_core.benchmark.kinds.fact_retrieval.coding_recall import KIND as CODING
from skillprobe_core.benchmark.kinds.fact_retrieval.general_recall import KIND as GENERAL
from skillprobe_core.benchmark.kinds.fact_retrieval.math_recall import KIND as MATH
from skillprobe_core.benchmark.kinds.fact_retrieval.questions import questions
from skillprobe_core.benchmark.kinds.fact_retrieval.recall import WORDINGS, draft_recall
from skillprobe_core.benchmark.kinds.fact_retrieval.science_recall import KIND as SCIENCE

of_each_kind = pytest.mark.parametrize("kind", [CODING, GENERAL, MATH, SCIENCE], ids=attrgetter("name"))


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


@of_each_kind
@pytest.mark.parametrize("level", range(1, 7))
def test_the_answer_is_what_the_tables_say(kind, level, drafts, lookup):
    tables = lookup(kind.domain)
    for draft in drafts(kind, level, 100):
        assert tables.solve(draft.prompt) == {draft.answer}, draft.prompt


@of_each_kind
def test_questions_are_direct_up_to_level_three_and_less_direct_above(kind, drafts):
    forms = {level: {draft.template.split("/")[0] for draft in drafts(kind, level)} for level in kind.levels}
    turned, joined = {"direct", "inverse"}, {"direct", "two_hops"}
    last = joined if kind is MATH else turned | joined
    assert forms == {1: {"direct"}, 2: {"direct"}, 3: {"direct"}, 4: turned, 5: joined, 6: last}


@of_each_kind
def test_the_first_level_has_room_for_three_splits(kind, drafts):
    assert len({draft.prompt for draft in drafts(kind, 1, 3000)}) >= 400
