import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.distinct_substrings import KIND

SIZES = {"two": 2, "three": 3, "four": 4, "five": 5}


def read(prompt):
    size = SIZES[re.search(r"\b(two|three|four|five)(?= |-letter)", prompt)[1]]
    text = re.search(r"(?:\) of|the string|neighbouring letters of) ([a-z]+)", prompt)[1]
    conditions = re.findall(r"(do not start with|start with|do not end with|contain) ([a-z])\b", prompt)
    return text, size, conditions


def passes(piece, conditions):
    pattern = {
        "do not start with": "^[^{}]", "start with": "^{}", "do not end with": "[^{}]$", "contain": "{}"
    }  # fmt: skip
    return all(re.search(pattern[name].format(letter), piece) for name, letter in conditions)


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_substring_once(level, drafts, listed):
    for draft in drafts(KIND, level):
        text, size, conditions = read(draft.prompt)
        assert len(conditions) == {3: 1, 4: 1, 5: 2}.get(level, 0)
        matches = re.findall(f"(?=({'.' * size}))", text)
        expected = sorted({piece for piece in matches if passes(piece, conditions)}, key=text.index)
        assert listed(draft) == expected


def test_strings_grow_with_the_level(drafts):
    lengths = [mean(len(read(draft.prompt)[0]) for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]]
    assert lengths == sorted(set(lengths))
    for level in KIND.levels[1:5]:
        for draft in drafts(KIND, level, 60):
            text, size, _ = read(draft.prompt)
            pieces = re.findall(f"(?=({'.' * size}))", text)
            assert len(set(pieces)) < len(pieces), "some piece comes again"


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_lists_every_substring_once(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    text, size, conditions = read(draft.prompt)
    pieces = re.findall(f"(?=({'.' * size}))", text)
    assert listed(draft) == [piece for piece in dict.fromkeys(pieces) if passes(piece, conditions)]
    assert draft.steps == len(pieces) + sum(passes(piece, conditions) for piece in pieces)
