"""Answers in a model's own words, without an answer line: own_words.json holds some for every kind.

An entry has a question, its answer key, and completions that a fair reader calls right or wrong.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer

KINDS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("own_words.json").read_text(encoding="utf-8"))


def key_of(kind: str) -> AnswerKey:
    given = KINDS[kind]
    answer_type = AnswerType(given["type"])
    return AnswerKey(answer_type, given["answer"], given.get("accepted", ()), given.get("tolerance"), given["question"])


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, given in KINDS.items() for text in given["right"]])
def test_what_a_fair_reader_calls_right_is_correct(kind: str, text: str) -> None:
    key = key_of(kind)
    assert judge_answer(key, text)[0] is Verdict.CORRECT
    assert judge_answer(key, f"Let me work this out.\n\n{text}")[0] is Verdict.CORRECT


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, given in KINDS.items() for text in given.get("wrong", ())]
)
def test_what_a_fair_reader_calls_wrong_is_not(kind: str, text: str) -> None:
    assert judge_answer(key_of(kind), text)[0] is not Verdict.CORRECT
