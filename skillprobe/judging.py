"""Verdicts on single completions, for example as the reward of a training run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import ending_of
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.errors import ItemError, SettingsError
from skillprobe_core.models.backend import TOO_LONG, FinishReason, SamplingSettings
from skillprobe_core.models.reasoning_markers import divided

if TYPE_CHECKING:
    from skillprobe_core.benchmark.judging.endings import Ending

_MARKERS = SamplingSettings().reasoning


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one completion.

    Attributes:
        verdict: `correct`, `wrong`, `malformed`, `unparsed`, `truncated`, `too_long` or `timeout`; a `Verdict`, which
            is a `str`.
        extracted: The answer that was found; None if the completion has none.
        rule: The rule that found it: `boxed`, `answer_tag`, `answer_line`, `correction`, `first_line`, `conclusion`,
            `direct_sentence`, `last_line` or `text`; `none` if there is no answer.
        ending: The end of the completion: `ended`, `cut`, `looped` or `thinking`; None if nothing was generated.
    """

    verdict: Verdict
    extracted: str | None
    rule: str
    ending: Ending | None

    @property
    def correct(self) -> bool:
        """True if the answer is right."""
        return self.verdict is Verdict.CORRECT


def judge(
    answer_type: AnswerType | str,
    key: str,
    completion: str,
    accepted: Sequence[str] = (),
    tolerance: float | None = None,
    question: str | None = None,
    finish_reason: str | None = None,
) -> Judged:
    """Judge one completion, with the verdict that the table `verdicts` would have.

    Reasoning between `<think>` and `</think>` at the start of the completion is not searched for an answer. If the
    prompt already ends with `<think>`, put it in front of the completion.

    Examples:
        The question shows that `level` is its own word, not another answer:

        >>> import skillprobe
        >>> question = "Atom A is on level 4 and falls by two. Which level is it on?"
        >>> skillprobe.judge("sequence", "2", "Answer: level 2", question=question).correct
        True
        >>> skillprobe.judge("integer", "12", "Answer: 12? No, 13.", question="What is 6 + 7?").verdict.value
        'wrong'

    Args:
        answer_type: `integer`, `rational`, `decimal`, `choice`, `sequence`, `set`, `multiset`, `text` or
            `expression`.
        key: The right answer. Sequences, sets and multisets are comma-separated.
        completion: The model's text, without prompt and special tokens.
        accepted: Further texts that are also right.
        tolerance: Largest absolute error of a right `decimal`, in the unit of the answer (default: 0). Other types
            ignore it.
        question: The prompt. Its options, its nouns and its units are recognised in the answer (default: unknown).
        finish_reason: `stop` or `stop_text` if the model ended the completion, `length` if it was cut at the token
            limit, `too_long` if the prompt left no room for one (default: `stop`).

    Returns:
        The verdict, the extracted answer, and how the completion ended.

    Raises:
        ItemError: The answer type is unknown, or `accepted` or `tolerance` is not valid.
        SettingsError: The finish reason is unknown, or formulas are compared without the extra `math`.
    """
    right = AnswerKey(_answer_type(answer_type), key, _texts(accepted), _error(tolerance), question or "")
    reason = "stop" if finish_reason is None else finish_reason
    if reason == TOO_LONG:
        return Judged(Verdict.TOO_LONG, None, "none", None)
    if reason not in get_args(FinishReason):
        valid = ", ".join((*get_args(FinishReason), TOO_LONG))
        raise SettingsError(f"unknown finish reason {finish_reason!r}", remedy=f"give one of {valid}")
    reasoning, answer = divided(completion, _MARKERS)
    ending = ending_of(reason, answer, reasoning, _MARKERS)
    verdict, extracted, rule = judge_answer(right, answer, ending=ending)
    return Judged(verdict, extracted, rule, ending)


def _answer_type(name: str) -> AnswerType:
    try:
        return AnswerType(name)
    except ValueError as error:
        raise ItemError(f"unknown answer type {name!r}", remedy=f"use one of {', '.join(AnswerType)}") from error


def _texts(accepted: Sequence[str]) -> tuple[str, ...]:
    if isinstance(accepted, str):
        raise ItemError(
            f"`accepted` is the text {accepted!r}, expected a list of texts", remedy=f"write accepted=[{accepted!r}]"
        )
    return tuple(accepted)


def _error(tolerance: float | None) -> float | None:
    if tolerance is None:
        return None
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise ItemError(f"tolerance {tolerance} is not valid", remedy="give a finite number that is 0 or more")
    return float(tolerance)
