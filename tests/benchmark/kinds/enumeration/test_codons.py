import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.codons import KIND

# What a codon must match, as a regular expression with a look-ahead over the whole of it.
PATTERNS = {
    r"starts with ([A-Z])": "{0}..",
    r"ends with ([A-Z])": "..{0}",
    r"has ([A-Z]) in the middle": ".{0}.",
    r"contains ([A-Z]) exactly once": "(?=(?:[^{0}]*{0}){{1}}[^{0}]*$)...",
    r"contains ([A-Z]) exactly twice": "(?=(?:[^{0}]*{0}){{2}}[^{0}]*$)...",
    r"has no two equal letters next to each other": r"(?!.*(.)\1)...",
    r"does not start with ([A-Z])": "(?!{0})...",
    r"contains ([A-Z]) at least once": "(?=.*{0})...",
    r"does not contain ([A-Z]{2})": "(?!.*{0})...",
}


def read(prompt):
    bases = re.findall(r"\b[ACGTU]\b", re.search(r"(?:[A-Z], )*[A-Z] or [A-Z]", prompt)[0])
    text = re.search(r"(?:and that|codon that|so that the codon) (.*?)(?:\. Give|, in alph|\? Give)", prompt)[1]
    patterns = []
    for part in re.split(", | and ", text):
        ((wording, match),) = [(p, m) for p, w in PATTERNS.items() for wording in [w] if (m := re.fullmatch(p, part))]
        patterns.append(PATTERNS[wording].format(*match.groups()) if match.groups() else PATTERNS[wording])
    return bases, patterns


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_codon(level, drafts, listed):
    for draft in drafts(KIND, level):
        bases, patterns = read(draft.prompt)
        codons = ["".join(codon) for codon in itertools.product(sorted(bases), repeat=3)]
        assert listed(draft) == [c for c in codons if all(re.fullmatch(pattern, c) for pattern in patterns)]


def test_bases_and_conditions_grow_with_the_level(drafts):
    shapes = [[read(draft.prompt) for draft in drafts(KIND, level, 30)] for level in KIND.levels[:5]]
    bases = [mean(len(bases) for bases, _ in level) for level in shapes]
    conditions = [mean(len(patterns) for _, patterns in level) for level in shapes]
    assert bases == [2, 3, 4, 4, 4]
    assert conditions == [1, 2, 2, 3, 4]


@pytest.mark.parametrize("level", [KIND.levels[5], KIND.levels[7]])
def test_the_ladder_lists_every_order_of_the_letters(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    letters = "".join(int(count) * base for count, base in re.findall(r"\b(\d+) ([ACGTU])\b", draft.prompt))
    required, barred = re.search(
        r"((?:[ACGTU]{2}(?:, | and )?)+) occurs and none of ([ACGTU, and]+) does", draft.prompt
    ).groups()
    pairs = [re.findall("[ACGTU]{2}", text) for text in (required, barred)]
    strands = sorted({"".join(order) for order in itertools.permutations(letters)})
    passing = [s for s in strands if all(p in s for p in pairs[0]) and not any(p in s for p in pairs[1])]
    assert listed(draft) == passing
    assert draft.steps > 2 * len(passing)
