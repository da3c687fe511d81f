"""No question states its answer: the answer's text is not in the prompt, or only as often as chance puts it there."""

import re

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Skill, Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw

# Kinds whose answers are among things that the question has to name: the reason, and the largest share of answers
# that may be found in it. Step numbers and states that are letters are choices among what the prompt lists.
NAMED = {
    "ball_swaps": ("one of the colours that the people have", 1.0),
    "energy_levels": ("one of a handful of levels, for one atom", 0.65),
    "moved_things": ("things that are named, often only one", 0.55),
    "stack_machine": ("may be a single number that was pushed", 0.15),
    "common_slots": ("may be neighbours in one person's list, never that list", 0.55),
    "numbers_in_range": ("may be an end of the range", 0.12),
    "dilution": ("a whole number of g/L may also be a volume", 0.12),
}
KINDS_OF_WORK = [
    kind
    for kind in KINDS
    if kind.skill in (Skill.CALCULATION, Skill.SIMULATION, Skill.ENUMERATION)
    and kind.answer_type is not AnswerType.CHOICE
]


def stated(item):
    """True if the answer stands in the prompt, as a number, a name or a run of a list, with nothing joined to it."""
    answer = re.escape(item.answer)
    return re.search(rf"(?<![\w.-]){answer}(?!\w|[.:]\w)", item.prompt) is not None


@pytest.mark.parametrize("kind", KINDS_OF_WORK, ids=lambda kind: kind.name)
def test_the_answer_is_not_in_the_question(kind):
    for level in kind.levels[:5]:
        items = [draw(kind, level, Split.TRAIN, 5, index) for index in range(40)]
        share = sum(map(stated, items)) / len(items)
        _, most = NAMED.get(kind.name, ("", 0.08))
        assert share <= most, [item.prompt for item in items if stated(item)][:2]


@pytest.mark.parametrize("name", NAMED)
def test_an_exception_is_needed(name):
    (kind,) = [kind for kind in KINDS if kind.name == name]
    items = [draw(kind, level, Split.TRAIN, 5, index) for level in kind.levels[:5] for index in range(40)]
    assert sum(map(stated, items)) > 0
