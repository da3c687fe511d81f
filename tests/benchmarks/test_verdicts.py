"""The judge agrees with a reader on the labelled completions; the corpus is what its README says."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.verdicts import Agreement, Case, cases, verdicts
from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.judge import Verdict

ROUGH = 0.95


@pytest.fixture(scope="module")
def corpus() -> list[Case]:
    return cases()


@pytest.fixture(scope="module")
def right(corpus: list[Case]) -> list[bool]:
    return [verdict is Verdict.CORRECT for verdict in verdicts(corpus)]


def test_the_corpus_has_every_answer_type_several_models_and_many_right_answers(corpus: list[Case]) -> None:
    assert len(corpus) == len({case.id for case in corpus}) >= 1000
    assert len({case.model for case in corpus}) >= 4
    assert {case.key.answer_type for case in corpus} == set(AnswerType)
    assert Counter(case.right for case in corpus)[True] >= 300


def test_the_second_reader_finds_the_same_answers_right(corpus: list[Case]) -> None:
    seconds = [case for case in corpus if case.second is not None]
    assert len(seconds) >= 50
    assert Agreement.of(seconds, [case.second is Verdict.CORRECT for case in seconds]).share == 1


def test_verdicts_are_those_of_the_reader_in_both_directions(corpus: list[Case], right: list[bool]) -> None:
    certain = [(case, found) for case, found in zip(corpus, right, strict=True) if not case.doubt]
    agreement = Agreement.of([case for case, _ in certain], [found for _, found in certain])
    assert agreement.share >= 0.99
    assert agreement.right_not_counted <= 0.01 * agreement.right
    assert agreement.wrong_counted <= 0.01 * agreement.wrong
    assert Agreement.of(corpus, right).share >= 0.98


@pytest.mark.parametrize("answer_type", AnswerType)
def test_no_answer_type_is_left_behind(answer_type: AnswerType, corpus: list[Case], right: list[bool]) -> None:
    mine = [(case, found) for case, found in zip(corpus, right, strict=True) if case.key.answer_type is answer_type]
    assert Agreement.of([case for case, _ in mine], [found for _, found in mine]).share >= ROUGH


def test_agreement_counts_both_directions(corpus: list[Case]) -> None:
    none, every = (Agreement.of(corpus, [found] * len(corpus)) for found in (False, True))
    assert (none.right_not_counted, none.wrong_counted) == (none.right, 0)
    assert (every.right_not_counted, every.wrong_counted) == (0, every.wrong)
    assert none.share + every.share == pytest.approx(1)
