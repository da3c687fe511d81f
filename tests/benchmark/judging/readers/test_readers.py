"""Answers to the benchmark's own items: right in every style, and never right for another item."""

from collections.abc import Iterator

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Item, Kind, Split
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right
from skillprobe_core.benchmark.kind_registry import all_kinds
from skillprobe_core.benchmark.splits import draw

LISTS = (AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET)
KINDS = [kind for kind in all_kinds() if kind.answer_type in (*LISTS, AnswerType.TEXT, AnswerType.CHOICE)]
SENTENCES = (
    "{}", "**{}**", "{}.", "The answer is {}.", "It is {}.", "So it must be {}", "{} (as shown above)",
    "Therefore: {}",
    "{}\n\nI hope this helps!", "{}. This follows from the rules above.", "{}, as shown above",
    "$\\text{{{}}}$", '"{}"',
    "{} \u2713", "{} \u2014 that is my answer",
)  # fmt: skip
OF_TEXTS = (
    "{}, because that is how it is defined", "{} is the answer", "I think it is {}", "{} is correct.",
    "This is called {}.",
    "That is {}, which I learned at school", "{} - I am sure", "{}; I am sure", "Certainly! {}",
)  # fmt: skip
OF_CHOICES = (
    "({})",
    "{})",
    "Option {}",
    "{} is correct",
    "clearly {}",
    "\u7b54\u6848\u662f{}\u3002",
    "{}, not the others",
)
OF_LISTS = ("[{}]", "{{{}}}", "({})", "The result is {}", "The list: {}")


def styles(answer_type: AnswerType, answer: str) -> Iterator[str]:
    own = OF_LISTS if answer_type in LISTS else OF_TEXTS if answer_type is AnswerType.TEXT else OF_CHOICES
    yield from (style.format(answer) for style in SENTENCES + own)
    parts = answer.split(", ")
    if answer_type in LISTS:
        yield from ("; ".join(parts), "\n".join(parts), "- " + "\n- ".join(parts))
        yield ", ".join(f"`{part}`" for part in parts)
        yield "\n".join(f"{place}. {part}" for place, part in enumerate(parts, start=1))
    if answer_type in LISTS and len(parts) > 1:
        yield f"{', '.join(parts[:-1])} and {parts[-1]}"


def items_of(kind: Kind) -> list[Item]:
    drawn = [draw(kind, level, Split.TRAIN, 0, index) for level in kind.levels[:4:3] for index in range(2)]
    return [item for item in drawn if item is not None]


def same(one: Item, other: Item) -> bool:
    texts = {text.lower() for text in (one.answer, *one.accepted)}
    return other.answer.lower() in texts or sorted(one.answer.split(", ")) == sorted(other.answer.split(", "))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_style_of_an_answer_does_not_matter(kind):
    items = items_of(kind)
    for item in items:
        missed = [text for text in styles(item.answer_type, item.answer) if not is_right(AnswerKey.of(item), text)]
        assert not missed
        for other in items:
            if not same(item, other):
                taken = [text for text in styles(item.answer_type, other.answer) if is_right(AnswerKey.of(item), text)]
                assert not taken
