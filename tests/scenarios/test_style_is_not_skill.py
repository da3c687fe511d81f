"""The same answers in ten styles: no cell's accuracy changes, whether the answers are right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl
import pytest

from skillprobe_core.benchmark.battery.surfaces import corruptions
from skillprobe_core.benchmark.item_schema import AnswerType, Item
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.models.backend import SamplingSettings

MOST = 0.01
NUMBERS = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)
LISTS = (AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET)
WORKED = "I go through it in order and check each part once.\n"

Style = Callable[[AnswerType, str], str]


def in_a_sentence(kind: AnswerType, text: str) -> str:
    if kind in NUMBERS:
        return f"Answer: It comes to {text} in total."
    if kind in LISTS:
        return f"Answer: The values that I get are {text}."
    return f"Answer: The right choice is {text}." if kind is AnswerType.CHOICE else f"Answer: It is {text}."


def with_an_aside(_: AnswerType, text: str) -> str:
    return f"Answer: {text} (as the last step shows)"


def bold(_: AnswerType, text: str) -> str:
    return f"**Answer:** **{text}**"


def boxed(kind: AnswerType, text: str) -> str:
    inner = f"\\text{{{text}}}" if kind in (AnswerType.TEXT, AnswerType.CHOICE) else text
    return f"The final result is\n$$\\boxed{{{inner}}}$$"


def with_a_noun(kind: AnswerType, text: str) -> str:
    if kind in NUMBERS:
        return f"Answer: {text} units"
    noun = {AnswerType.CHOICE: "option", AnswerType.TEXT: "the term", AnswerType.EXPRESSION: "the expression"}
    return f"Answer: {noun.get(kind, 'the values')} {text}"


def with_a_remark(_: AnswerType, text: str) -> str:
    return f"Answer: {text}\n\nI checked every step again, and it all fits. Let me know if anything is unclear!"


def one_value_a_line(kind: AnswerType, text: str) -> str:
    if kind in LISTS:
        return "Answer:\n" + "\n".join(f"- {part.strip()}" for part in text.split(","))
    return f"Answer:\n\n{text}"


def in_lower_case(kind: AnswerType, text: str) -> str:
    # Case has a meaning in symbols and codes; in a word or the letter of an option it has none.
    return f"answer: {text.lower() if kind in (AnswerType.TEXT, AnswerType.CHOICE) else text}"


def under_a_heading(_: AnswerType, text: str) -> str:
    return f"### Final answer\n\n{text}"


def in_the_last_sentence(_: AnswerType, text: str) -> str:
    return f"So, all in all, the answer is {text}."


STYLES: tuple[Style, ...] = (
    in_a_sentence, with_an_aside, bold, boxed, with_a_noun, with_a_remark, one_value_a_line, in_lower_case,
    under_a_heading, in_the_last_sentence,
)  # fmt: skip


def plain(_: AnswerType, text: str) -> str:
    return f"Answer: {text}"


def wrong_answers(items: list[Item]) -> Iterator[str]:
    """For every item an answer of its own form that is not its own: another item's of its kind, or a changed one."""
    by_kind: dict[str, list[str]] = {}
    for item in items:
        by_kind.setdefault(item.kind, []).append(item.answer)
    for item in items:
        others = dict.fromkeys([*by_kind[item.kind], *corruptions(item)])
        yield next(text for text in others if judge(item, f"Answer: {text}").verdict is Verdict.WRONG)


def accuracies(items: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Accuracy of each cell, style and side (right or wrong answers), and the single judgements."""
    known = [Item.from_row(row) for row in items.iter_rows(named=True)]
    sampling, frames = SamplingSettings().row_canonical(), []
    for side, answers in (("right", [item.answer for item in known]), ("wrong", [*wrong_answers(known)])):
        for style in (plain, *STYLES):
            texts = [WORKED + style(item.answer_type, answer) for item, answer in zip(known, answers, strict=True)]
            frames.append(
                pl.DataFrame({"item_id": [item.item_id for item in known], "completion": texts}).with_columns(
                    model=pl.lit(f"{side} {style.__name__}"), step=pl.lit(0), item_set=pl.lit(items["item_set"][0]),
                    sample=pl.lit(0), reading=pl.lit("fair"), reasoning=pl.lit(None, pl.String),
                    finish_reason=pl.lit("stop"), sampling=pl.lit(sampling),
                )
            )  # fmt: skip
    said = pl.concat(frames)
    judged = verdicts(said, items).join(said.select("model", "item_id", "completion"), on=["model", "item_id"])
    judged = judged.join(items.select("item_id", "skill", "domain", "kind", "answer"), on="item_id").with_columns(
        pl.col("model").str.split_exact(" ", 1).struct.rename_fields(["side", "style"]).struct.unnest()
    )
    right = (pl.col("verdict") == "correct").mean().alias("accuracy")
    return judged.group_by("skill", "domain", "side", "style").agg(right), judged


def assert_that_style_is_not_skill(items: pl.DataFrame) -> None:
    found, judged = accuracies(items)
    assert found["style"].n_unique() == 1 + len(STYLES)
    before = found.filter(style="plain").drop("style").rename({"accuracy": "plain"})
    moved = found.join(before, on=["skill", "domain", "side"]).filter(
        (pl.col("accuracy") - pl.col("plain")).abs() > MOST
    )
    cases = judged.filter((pl.col("verdict") == "correct") != (pl.col("side") == "right"))
    shown = cases.select("style", "kind", "answer", "verdict", "completion").head(40).rows()
    assert moved.is_empty(), f"{moved.sort('accuracy').rows()}\n" + "\n".join(map(repr, shown))
    assert before.filter(side="right")["plain"].min() == 1
    assert before.filter(side="wrong")["plain"].max() == 0


def test_no_cell_changes_with_the_style_of_its_answers() -> None:
    assert_that_style_is_not_skill(build_item_set(KINDS, levels=(1, 2, 3, 4, 5), per_level=1))


@pytest.mark.slow
def test_no_cell_of_the_usual_item_set_changes_with_the_style_of_its_answers() -> None:
    assert_that_style_is_not_skill(build_item_set(KINDS, levels=(1, 2, 3), per_level=12))
