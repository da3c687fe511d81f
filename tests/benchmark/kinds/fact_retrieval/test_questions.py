"""Questions made of the fact tables."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Split
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.kinds.fact_retrieval import guided, recall
from skillprobe_core.benchmark.kinds.fact_retrieval.facts import facts_of
from skillprobe_core.benchmark.kinds.fact_retrieval.questions import (
    asks_away,
    direct,
    guess,
    inverse,
    questions,
    two_hops,
)
from skillprobe_core.benchmark.splits import split_of


@pytest.mark.parametrize("domain", Domain)
def test_every_accepted_text_is_read_out_of_a_completion(domain):
    for level in range(1, 6):
        for question in questions(domain, level):
            key = AnswerKey(AnswerType.TEXT, question.answer, question.accepted)
            for text in key.texts:
                for form in ("Answer: {}", "The answer is {}.", "\\boxed{{{}}}"):
                    verdict, extracted, _ = judge_answer(key, form.format(text))
                    assert verdict is Verdict.CORRECT, (text, form, extracted)


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize("wordings", [recall.WORDINGS, guided.WORDINGS])
def test_nearly_every_fact_has_a_wording_to_train_on(domain, wordings):
    """Prompts go to splits one by one, so that a fact could in principle be seen by the evaluation alone."""
    asked = [question for level in (1, 2, 3) for question in questions(domain, level)]
    prompts = [
        [wording.format(phrase=question.phrase, law=question.law) for wording in wordings.values()]
        for question in asked
    ]
    trained = [sum(split_of(prompt) is Split.TRAIN for prompt in texts) for texts in prompts]
    assert min(trained) >= 1
    assert sum(count >= 4 for count in trained) > 0.98 * len(trained)
    evaluated = sum(any(split_of(prompt) is Split.EVALUATION for prompt in texts) for texts in prompts)
    assert evaluated > 0.45 * len(asked)


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize("level", range(1, 6))
@pytest.mark.parametrize("with_two_hops", [True, False])
def test_no_question_of_any_form_holds_its_answer(domain: Domain, level: int, with_two_hops: bool) -> None:
    found = questions(domain, level, with_two_hops)
    assert found
    assert not [question for question in found if asks_away(question.phrase, question.answer)]
    assert with_two_hops or all(question.form != "two_hops" for question in found)


@pytest.mark.parametrize(
    ("phrase", "answer", "contained"),
    [
        ("the capital of Peru", "Lima", False),
        ("the symbol of Lima", "lima", True),
        ("the limarick", "lima", False),
        ("the square of x + 1", "x + 1", True),
        ("the letter after a", "A", True),
    ],
)
def test_an_answer_counts_as_contained_if_it_is_a_whole_word(phrase: str, answer: str, contained: bool) -> None:
    assert asks_away(phrase, answer) is contained


@pytest.mark.parametrize("domain", Domain)
def test_a_fact_and_its_inverse_ask_for_each_other(domain: Domain) -> None:
    turned = [fact for fact in facts_of(domain) if fact.relation.inverse]
    assert turned
    for fact in turned:
        assert (direct(fact).answer, inverse(fact).answer) == (fact.answer, fact.subject)
        assert fact.answer in inverse(fact).phrase
        assert fact.subject in direct(fact).phrase


@pytest.mark.parametrize("domain", Domain)
def test_two_hops_recall_two_facts_and_end_in_the_second_ones_answer(domain: Domain) -> None:
    found = two_hops(domain)
    assert found
    for question in found:
        assert question.recall.endswith(f" is {question.answer}.")
        assert question.recall.count(". ") >= 1


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize("level", range(1, 6))
def test_the_best_constant_guess_gets_the_most_frequent_answer(domain: Domain, level: int) -> None:
    answers = [question.answer for question in questions(domain, level)]
    best = max(sum(answer == guessed for answer in answers) for guessed in set(answers))
    assert guess(domain, level) == pytest.approx(best / len(answers))
