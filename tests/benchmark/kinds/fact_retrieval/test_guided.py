"""A guided question names its law, which is no step that an answer could show."""

import random

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Imported, Skill, Split, finished, make_item
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kinds.fact_retrieval.guided import WORDINGS, draft_guided


def drafts(domain: Domain, level: int, count: int = 120) -> list[Draft]:
    rng = random.Random(level)
    return [finished(draft_guided(domain, level, rng)) for _ in range(count)]


@pytest.mark.parametrize("domain", Domain)
def test_an_answer_with_the_law_and_a_bare_one_are_right_and_show_no_steps(domain: Domain) -> None:
    kind = Imported("k", 1, Skill.FACT_RETRIEVAL, domain, AnswerType.TEXT, "test")
    for draft in drafts(domain, 2, 40):
        item = make_item(kind, 2, Split.TRAIN, draft)
        told, bare = judge(item, draft.reference), judge(item, f"Answer: {draft.answer}")
        assert (told.verdict, told.shows_steps) == (Verdict.CORRECT, None)
        assert (bare.verdict, bare.shows_steps) == (Verdict.CORRECT, None)


def test_every_wording_is_drawn_and_names_the_law() -> None:
    found = drafts(Domain.GENERAL, 1, 300)
    assert {draft.template.rpartition("/")[2] for draft in found} == set(WORDINGS)
    assert all(draft.evidence[0] in draft.prompt for draft in found)


def test_no_question_joins_two_facts() -> None:
    """Each has one law, which a question over two facts would not."""
    assert {draft.template.split("/")[0] for draft in drafts(Domain.MATH, 5)} <= {"direct", "inverse"}
