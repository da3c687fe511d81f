"""The battery: each check yields the problems that it finds, one text each, and nothing for a sound kind."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import combinations, pairwise, product

from skillprobe_core.benchmark.baselines import chance_of
from skillprobe_core.benchmark.item_schema import AnswerType, Draft, Item, Kind, Split, finished
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.ladder import LADDER, steps_of
from skillprobe_core.benchmark.splits import draw, split_of

from .surfaces import surface_forms, wrong_forms

# Copying a fixed place of the prompt may be correct this much more often than the best other guess.
_MOST_BLIND = 0.5
# Fewer draws could not show whether two seeds are the same.
_PAIRED = 20


def drawn(kind: Kind, level: int, count: int, split: Split = Split.EVALUATION, seed: int = 0) -> list[Item]:
    """The first `count` items of a stream, or fewer if the split of a small level has fewer."""
    found = [draw(kind, level, split, seed, index) for index in range(count)]
    return [item for item in found if item is not None]


def well_formed(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that prompts hold only a question, references are right and show their steps, and figures are valid."""
    items = drawn(kind, level, count)
    if not items:
        yield "no prompt of this level belongs to the evaluation split"
    for item in items:
        if not item.prompt or item.prompt.strip() != item.prompt:
            yield f"the prompt is empty, or starts or ends with white space: {item.prompt!r}"
        if "Answer:" in item.prompt:
            yield f"the prompt contains an answer line: {item.prompt!r}"
        if "{" in item.template or len(item.template) <= len(kind.name) + 1:
            yield f"the template does not name a wording: {item.template!r}"
        if item.reference.splitlines()[-1:] != [f"Answer: {item.answer}"]:
            yield f"the reference does not end in `Answer: {item.answer}`: {item.reference!r}"
        if not 0 <= item.chance <= 1:
            yield f"chance is {item.chance}, which is not a probability"
        if (item.answer_type is AnswerType.DECIMAL) != (item.tolerance is not None):
            yield "answers of type decimal need a tolerance, and other types must not have one"
        judgement = judge(item, item.reference)
        if judgement.verdict is not Verdict.CORRECT or judgement.shows_steps is False:
            found = f"{judgement}, evidence {item.evidence}, {item.reference!r}"
            yield f"the reference is not correct or does not show its steps: {found}"


def question_comes_first(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that a kind that yields its prompt yields the draft's prompt and draws nothing after it."""
    rng = random.Random(f"{kind.name} {level}")
    for _ in range(count):
        made = kind.draft(level, rng)
        if isinstance(made, Draft):
            continue
        asked, state = next(made), rng.getstate()
        draft = finished(made)
        if draft.prompt != asked:
            yield f"the yielded prompt is {asked!r}, but the draft's is {draft.prompt!r}"
        if rng.getstate() != state:
            yield f"random numbers are drawn after the prompt {asked!r}, so skipping its solution changes the next draw"


def right_is_right(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that the answer is judged correct in every style (`surfaces.py`)."""
    for item in drawn(kind, level, count):
        for completion in surface_forms(item):
            judgement = judge(item, completion)
            if judgement.verdict is not Verdict.CORRECT:
                yield f"{completion!r} is judged {judgement}, the answer is {item.answer!r}"


def wrong_is_wrong(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that corrupted answers are never right, empty completions unparsed, and bare answers show no steps."""
    for item in drawn(kind, level, count):
        for completion in wrong_forms(item):
            judgement = judge(item, completion)
            if judgement.verdict is Verdict.CORRECT:
                yield f"{completion!r} is judged {judgement}, the answer is {item.answer!r}"
        if judge(item, "").verdict is not Verdict.UNPARSED:
            yield "an empty completion is not unparsed"
        if judge(item, f"Answer: {item.answer}").shows_steps:
            yield f"the bare answer {item.answer!r} counts as the steps {item.evidence}"


def splits_are_disjoint(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that no prompt is in two splits and that each split has prompts."""
    prompts = {split: {_words(i) for i in drawn(kind, level, count, split)} for split in Split}
    for split, texts in prompts.items():
        if not texts:
            yield f"no prompt belongs to the {split} split"
        strays = [text for text in texts if split_of(text) is not split]
        if strays:
            yield f"a prompt of the {split} split belongs to another split: {strays[0]!r}"
    for one, other in combinations(Split, 2):
        shared = prompts[one] & prompts[other]
        if shared:
            yield f"the splits {one} and {other} share {len(shared)} prompts, for example {min(shared)!r}"


def overlap(kind: Kind, level: int, count: int) -> tuple[int, int]:
    """Number of pairs of equal prompts between two seeds' first `count` items, and within each of the two."""
    one, two = ([item.prompt for item in drawn(kind, level, count, Split.TRAIN, seed)] for seed in (0, 1))
    across = sum(a == b for a, b in product(one, two))
    within = sum(a == b for same in (one, two) for a, b in combinations(same, 2))
    return across, within


def seeds_differ(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that two seeds coincide only as often as one seed repeats itself, which the size of the space determines.

    A pair of equal prompts is as likely across the seeds as within them, so the difference of the two counts has the
    variance of a sum of as many fair signs; up to four standard deviations pass.
    """
    across, within = overlap(kind, level, max(count, _PAIRED))
    if across - within > 4 * math.sqrt(across + within):
        yield f"two seeds share {across} pairs of prompts, but one seed repeats itself only {within} times"


def answer_is_no_give_away(kind: Kind, level: int, count: int) -> Iterator[str]:
    """Check that no blind guess, including copying a fixed place of the prompt, is correct more than half the time."""
    chance = chance_of(kind, level)
    if chance > _MOST_BLIND:
        yield f"a blind guess or a copy from the prompt is correct in {chance:.0%} of the items"


CHECKS = (
    well_formed,
    question_comes_first,
    right_is_right,
    wrong_is_wrong,
    splits_are_disjoint,
    seeds_differ,
    answer_is_no_give_away,
)


def levels_climb(kind: Kind, count: int) -> Iterator[str]:
    """Check that the highest level differs from the lowest: longer prompts and solutions, or no prompt in common."""
    first, last = (drawn(kind, level, count, Split.TRAIN) for level in (kind.levels[0], kind.levels[-1]))
    sizes = [sum(len(i.prompt) + len(i.reference) for i in items) / max(len(items), 1) for items in (first, last)]
    shared = {_words(item) for item in first} & {_words(item) for item in last}
    if len(kind.levels) > 1 and sizes[1] <= 1.2 * sizes[0] and shared:
        yield f"level {kind.levels[-1]} is not longer than level {kind.levels[0]} and shares prompts with it"


def steps_double(kind: Kind, count: int) -> Iterator[str]:
    """Check that the mean number of elementary steps at least doubles from level to level, from the level before the
    ladder on, for a kind that counts its steps."""
    climbing = [level for level in kind.levels if level >= LADDER - 1]
    means = [sum(steps_of(kind, level, count)) / count for level in climbing]
    for (level, steps), (higher, more) in pairwise(zip(climbing, means, strict=True)):
        if steps and more < 2 * steps:
            yield f"level {higher} has {more:.0f} steps, which is less than twice the {steps:.0f} of level {level}"


def _words(item: Item) -> str:
    return " ".join(item.prompt.casefold().split())
