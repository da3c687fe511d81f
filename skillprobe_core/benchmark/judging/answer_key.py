"""The right answer of an item, as completions are compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Item


class AnswerKey(NamedTuple):
    """The right answer: its type, its text, further right texts, the tolerance of a decimal, and the item's prompt.

    `question` is empty if the prompt is not known.
    """

    answer_type: AnswerType
    answer: str
    accepted: Sequence[str] = ()
    tolerance: float | None = None
    question: str = ""

    @classmethod
    def of(cls, item: Item) -> AnswerKey:
        """The key of an item."""
        return cls(item.answer_type, item.answer, item.accepted, item.tolerance, item.prompt)

    @property
    def texts(self) -> tuple[str, ...]:
        """All right texts."""
        return (self.answer, *self.accepted)
