"""Agreement among the samples of an item as the confidence in its most frequent answer."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.measurements.verdicts.answer_form import WELL_FORMED

_NUMBERS = frozenset({AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL})
_UNORDERED = frozenset({AnswerType.SET, AnswerType.MULTISET})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:/\d+)?")
_PART = re.compile(r"[^\s,;()\[\]{}]+")


def agreement(verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The confidence of each item that has a well-formed answer in any sample.

    Args:
        verdicts: Rows of `verdicts` of one checkpoint; only the fair reading counts.
        items: The item set, for the types of the answers.

    Returns:
        One row per item: `item_id`; `confidence`, the share of all samples that gave the most frequent answer; and
        `right`, 1 if that answer is correct, else 0. Of equally frequent answers the one that came first counts.
    """
    types = dict(items.select("item_id", "answer_type").iter_rows())
    given: dict[str, list[str]] = {}
    samples: Counter[str] = Counter()
    rows = fair(verdicts).sort("item_id", "sample").select("item_id", "verdict", "extracted")
    for item_id, verdict, extracted in rows.iter_rows():
        samples[item_id] += 1
        if verdict in WELL_FORMED:
            said = "" if verdict == "correct" else same_answer(extracted or "", AnswerType(types[item_id]))
            given.setdefault(item_id, []).append(said)
    found = []
    for item_id, answers in given.items():
        # Counter keeps the order of first occurrence, and so does most_common among equal counts.
        answer, number = Counter(answers).most_common(1)[0]
        found.append((item_id, number / samples[item_id], float(answer == "")))
    schema = {"item_id": pl.String, "confidence": pl.Float64, "right": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def same_answer(extracted: str, answer_type: AnswerType) -> str:
    """A form of a wrong answer that is the same for answers that differ only in how they are written.

    A number alone is compared by its value, a list by its parts (of a set in any order), text by its words in lower
    case. The form is never empty.
    """
    text = extracted.casefold().strip()
    if answer_type in _NUMBERS:
        numbers = _NUMBER.findall(text.replace(",", ""))
        return f"number {_value(numbers[0])}" if len(numbers) == 1 else f"text {' '.join(text.split())}"
    parts = [part.strip(".!?\"'`*_") for part in _PART.findall(text)]
    return f"parts {' '.join(sorted(parts) if answer_type in _UNORDERED else parts)}"


def _value(number: str) -> str:
    over, _, under = number.partition("/")
    try:
        return str(Fraction(over) / Fraction(under or 1))
    except (ValueError, ZeroDivisionError):  # more digits than Python reads as a number, or a denominator of 0
        return number
