"""A guided question names its law as a hint and asks for the fact alone."""

import random
from operator import attrgetter

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Imported, Skill, Split, finished, make_item
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kinds.fact_retrieval.coding_guided import KIND as CODING
from skillprobe_core.benchmark.kinds.fact_retrieval.facts import facts_of
from skillprobe_core.benchmark.kinds.fact_retrieval.general_guided import KIND as GENERAL
from skillprobe_core.benchmark.kinds.fact_retrieval.guided import WORDINGS, draft_guided
from skillprobe_core.benchmark.kinds.fact_retrieval.math_guided import KIND as MATH
from skillprobe_core.benchmark.kinds.fact_retrieval.science_guided import KIND as SCIENCE

of_each_kind = pytest.mark.parametrize("kind", [CODING, GENERAL, MATH, SCIENCE], ids=attrgetter("name"))


def drawn(domain: Domain, level: int, count: int = 120) -> list[Draft]:
    rng = random.Random(level)
    return [finished(draft_guided(domain, level, rng)) for _ in range(count)]


@pytest.mark.parametrize("domain", Domain)
def test_the_answer_alone_is_correct_without_steps_and_the_law_is_not_the_answer(domain: Domain) -> None:
    kind = Imported("k", 1, Skill.FACT_RETRIEVAL, domain, AnswerType.TEXT, "test")
    laws = {fact.law for fact in facts_of(domain)}
    for draft in drawn(domain, 2, 40):
        item = make_item(kind, 2, Split.TRAIN, draft)
        for completion in (draft.reference, f"Answer: {draft.answer}"):
            judged = judge(item, completion)
            assert (judged.verdict, judged.shows_steps) == (Verdict.CORRECT, None)
        (law,) = {law for law in laws if f"The subject is {law}. " in draft.reference}
        assert judge(item, f"Answer: {law}").verdict is Verdict.WRONG


def test_every_wording_is_drawn_and_names_the_law() -> None:
    found = drawn(Domain.GENERAL, 1, 400)
    assert {draft.template.rpartition("/")[2] for draft in found} == set(WORDINGS)
    laws = {fact.law for fact in facts_of(Domain.GENERAL)}
    assert all(any(law in draft.prompt for law in laws) for draft in found)


def test_no_question_joins_two_facts() -> None:
    """Each has one law, which a question over two facts would not."""
    assert {draft.template.split("/")[0] for draft in drawn(Domain.MATH, 5)} <= {"direct", "inverse"}


@of_each_kind
@pytest.mark.parametrize("level", range(1, 7))
def test_the_answer_is_what_the_tables_say_and_the_prompt_names_the_law(kind, level, drafts, lookup):
    tables = lookup(kind.domain)
    laws = {row["law"] for row in tables.rows}
    for draft in drafts(kind, level, 60):
        assert draft.answer in tables.solve(draft.prompt), draft.prompt
        named = [law for law in laws if law in draft.prompt]
        assert named
        assert not any(law in draft.answer for law in named)


@of_each_kind
def test_questions_are_direct_up_to_level_three_and_turned_round_as_well_above(kind, drafts):
    forms = {level: {draft.template.split("/")[0] for draft in drafts(kind, level, 300)} for level in kind.levels}
    both = {"direct", "inverse"}
    last = {"direct"} if kind is MATH else both
    assert forms == {1: {"direct"}, 2: {"direct"}, 3: {"direct"}, 4: both, 5: both, 6: last}
