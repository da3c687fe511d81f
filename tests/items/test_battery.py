"""What every registered kind must hold at every level, whoever wrote it."""

import hashlib
import itertools
import os
import subprocess
import sys

import pytest

from skillprobe_core.items import notation
from skillprobe_core.items.registry import KINDS
from skillprobe_core.items.schema import AnswerType, Domain, Kind, Skill, Split
from skillprobe_core.items.splits import draw, split_of
from skillprobe_core.scoring.judging import Verdict, judge

CELLS = [pytest.param(kind, level, id=f"{kind.name}-{level}") for kind in KINDS for level in kind.levels]
NUMERIC = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)
LISTS = (AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET)
SAMPLES = [5, pytest.param(400, marks=pytest.mark.slow)]

COMMON_FORMS = (
    "Answer: {}",
    "**Answer:** {}",
    "Answer: **{}**",
    "**Answer: {}**",
    "The answer is {}.",
    "answer: {}",
    "First I look at it.\nFinal answer: {}",
    "The final answer is: {}\n",
    "Answer:\n{}",
    "#### {}",
    "Answer: 0\nNo, that was a slip.\nAnswer: {}",
    "  Answer :  {}  ",
)
FORMS = {
    AnswerType.INTEGER: ("\\boxed{{{}}}", "So it is $\\boxed{{{}}}$.", "Answer: ${}$", "Answer: {}.0", "It is {}."),
    AnswerType.RATIONAL: ("\\boxed{{{}}}", "Answer: \\({}\\)", "x = {}"),
    AnswerType.DECIMAL: ("\\boxed{{{}}}", "Answer: {} units", "It comes to {}"),
    AnswerType.CHOICE: ("\\boxed{{{}}}", "\\boxed{{\\text{{{}}}}}", 'Answer: "{}"', "{}"),
    AnswerType.SEQUENCE: ("\\boxed{{{}}}", "Answer: [{}]", "Answer: ({}).", "So we get\n[{}]"),
    AnswerType.SET: ("\\boxed{{\\{{{}\\}}}}", "Answer: {{{}}}", "Answer: [{}]"),
    AnswerType.MULTISET: ("\\boxed{{{}}}", "Answer: [{}]"),
    AnswerType.TEXT: ("\\boxed{{\\text{{{}}}}}", 'Answer: "{}"', "Answer: `{}`", "{}"),
}


def items(kind, level, count, split=Split.EVALUATION, seed=0):
    drawn = [draw(kind, level, split, seed, index) for index in range(count)]
    return [item for item in drawn if item is not None]


def corruptions(item):
    """Texts that are not the answer, and near to it."""
    answer_type, answer = item.answer_type, item.answer
    if answer_type is AnswerType.DECIMAL:
        yield from (f"{float(answer) + 3 * item.tolerance:.9f}", f"{float(answer) - 3 * item.tolerance:.9f}")
    elif answer_type in NUMERIC:
        yield from (f"{answer}1", f"1{answer.lstrip('-')}")
    if answer_type in NUMERIC:
        value = notation.number(answer)
        yield str(value + 1000)
        if abs(value) > (item.tolerance or 0):
            yield str(-value)
        return
    if answer_type in LISTS:
        parts = notation.elements(answer)
        yield ", ".join([*parts, "zebra"])
        yield ", ".join([*parts[:-1], f"{parts[-1]}7"]) if parts else "zebra"
        if len(parts) > 1:
            yield ", ".join(parts[:-1])
        if parts and answer_type is not AnswerType.SEQUENCE:
            yield ", ".join([*parts, parts[0]])
        if answer_type is AnswerType.SEQUENCE and parts != parts[::-1]:
            yield ", ".join(reversed(parts))
        return
    if answer_type is AnswerType.CHOICE and len(answer) == 1:
        yield "A" if answer != "A" else "B"
    yield f"{answer}x"
    yield f"not {answer}"


def test_every_cell_has_a_kind_and_names_are_unique():
    assert {(kind.skill, kind.domain) for kind in KINDS} == set(itertools.product(Skill, Domain))
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("count", SAMPLES)
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_item_is_well_formed_and_its_reference_is_strictly_correct(kind: Kind, level: int, count: int):
    drawn = items(kind, level, count)
    assert drawn, "no prompt of this level falls into the evaluation split"
    for item in drawn:
        assert item.prompt.strip() == item.prompt != ""
        assert "{" not in item.template
        assert item.template.startswith(f"{kind.name}/")
        assert len(item.template) > len(kind.name) + 1
        assert item.reference.splitlines()[-1] == f"Answer: {item.answer}"
        assert f"Answer: {item.answer}" not in item.prompt
        assert "Answer:" not in item.prompt, "prompts carry no instruction on the answer line"
        assert 0 <= item.chance <= 1
        assert (item.answer_type is AnswerType.DECIMAL) == (item.tolerance is not None)
        judgement = judge(item, item.reference)
        assert judgement.verdict is Verdict.CORRECT, judgement
        assert judgement.strict, (item.evidence, item.reference)


@pytest.mark.parametrize("count", SAMPLES)
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_right_answer_is_correct_in_ten_forms_and_a_corrupted_one_is_wrong(kind: Kind, level: int, count: int):
    for item in items(kind, level, count):
        forms = COMMON_FORMS + FORMS[item.answer_type]
        assert len(forms) >= 10
        for form in forms:
            completion = form.format(item.answer)
            judgement = judge(item, completion)
            assert judgement.verdict is Verdict.CORRECT, (completion, judgement)
        for text in corruptions(item):
            completion = f"Let me see.\nAnswer: {text}"
            judgement = judge(item, completion)
            assert judgement.verdict is Verdict.WRONG, (item.answer, completion, judgement)
        assert judge(item, "").verdict is Verdict.UNPARSED
        if item.evidence:
            assert not judge(item, f"Answer: {item.answer}").strict or all(e in item.answer for e in item.evidence)


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_splits_share_no_prompt(kind: Kind, count: int):
    for level in kind.levels:
        drawn = {split: items(kind, level, count, split) for split in Split}
        prompts = {split: {" ".join(i.prompt.casefold().split()) for i in drawn[split]} for split in Split}
        for split, texts in prompts.items():
            assert texts, f"no prompt of level {level} falls into the {split} split"
            assert all(split_of(text) is split for text in texts)
        for one, other in itertools.combinations(Split, 2):
            assert not prompts[one] & prompts[other]


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_seeds_share_no_more_than_chance(kind: Kind, count: int):
    """Two seeds coincide as often as one seed repeats itself: what the size of the space makes unavoidable."""
    for level in kind.levels:
        one, two = ([i.prompt for i in items(kind, level, count, Split.TRAIN, seed)] for seed in (0, 1))
        across = sum(a == b for a, b in itertools.product(one, two))
        within = sum(a == b for same in (one, two) for a, b in itertools.combinations(same, 2))
        assert across <= 3 * within + 5, (level, across, within)


def stream_digest():
    """A digest over the first draws of every kind, level and split."""
    sha = hashlib.sha256()
    for kind in KINDS:
        for level, split, index in itertools.product(kind.levels, Split, range(2)):
            sha.update(repr(draw(kind, level, split, 7, index)).encode())
    return sha.hexdigest()


def test_draws_are_the_same_in_every_process():
    programs = [
        subprocess.Popen(
            [sys.executable, __file__],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
        )
        for seed in ("0", "4294967295")
    ]
    digests = [program.communicate()[0].strip() for program in programs]
    assert digests == [stream_digest()] * 2


if __name__ == "__main__":
    print(stream_digest())
