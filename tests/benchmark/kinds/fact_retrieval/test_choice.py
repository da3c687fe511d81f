"""One right option among four: the others answer questions of the same relation, and none is right by chance."""

import random
from collections import Counter
from operator import attrgetter

import pytest

from skillprobe_core.benchmark.item_schema import Domain, finished
from skillprobe_core.benchmark.kinds.fact_retrieval.choice import WORDINGS, choices, draft_choice
from skillprobe_core.benchmark.kinds.fact_retrieval.coding_choice import KIND as CODING
from skillprobe_core.benchmark.kinds.fact_retrieval.general_choice import KIND as GENERAL
from skillprobe_core.benchmark.kinds.fact_retrieval.math_choice import KIND as MATH
from skillprobe_core.benchmark.kinds.fact_retrieval.questions import questions
from skillprobe_core.benchmark.kinds.fact_retrieval.science_choice import KIND as SCIENCE

of_each_kind = pytest.mark.parametrize("kind", [CODING, GENERAL, MATH, SCIENCE], ids=attrgetter("name"))


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize("level", range(1, 6))
def test_the_other_options_are_answers_of_the_same_relation(domain: Domain, level: int) -> None:
    of_relation: dict[tuple[str, str], set[str]] = {}
    for question in questions(domain, level):
        of_relation.setdefault((question.form, question.relation), set()).add(question.answer)
    found = choices(domain, level)
    assert found
    for question, others in found:
        assert len(others) >= 3
        assert set(others) <= of_relation[question.form, question.relation]
        right = {text.casefold() for text in (question.answer, *question.accepted)}
        assert not right & {other.casefold() for other in others}


def test_an_option_is_never_a_single_letter_or_of_a_relation_with_loose_answers() -> None:
    for domain in Domain:
        for level in range(1, 6):
            for question, _ in choices(domain, level):
                assert question.relation not in {"term", "structure"}
                assert not (len(question.answer) == 1 and question.answer.isalpha())


def test_every_wording_shows_four_lettered_options() -> None:
    rng = random.Random(0)
    drafts = [finished(draft_choice(Domain.SCIENCE, 1, rng)) for _ in range(200)]
    assert {draft.template.rpartition("/")[2] for draft in drafts} == set(WORDINGS)
    for draft in drafts:
        assert all(f"{letter}) " in draft.prompt for letter in "ABCD")
        assert f"{draft.answer}) {draft.accepted[0]}" in draft.prompt
        assert draft.chance == 0.25


@of_each_kind
@pytest.mark.parametrize("level", range(1, 7))
def test_one_option_is_what_the_tables_say_and_the_others_are_not(kind, level, drafts, lookup, options_of):
    tables = lookup(kind.domain)
    for draft in drafts(kind, level, 60):
        question, options = options_of(draft.prompt)
        (right,) = tables.solve(question)
        assert [letter for letter, option in options.items() if option == right] == [draft.answer]
        assert len(set(options.values())) == 4


@of_each_kind
def test_letters_are_equally_likely(kind, drafts):
    counts = Counter(draft.answer for draft in drafts(kind, 1, 4000))
    assert set(counts) == set("ABCD")
    assert max(counts.values()) < 1150
