"""Strands, solved again by string operations."""

import re

from skillprobe_core.benchmark.kinds.simulation.strand_edits import KIND

EDITS = (
    (r"reverse the order", lambda s: s[::-1]),
    (r"move the first base to the end", lambda s: s[1:] + s[:1]),
    (r"move the last base to the front", lambda s: s[-1:] + s[:-1]),
    (r"remove the first base", lambda s: s[1:]),
    (r"change every (\w) to (\w)", lambda s, old, new: s.replace(old, new)),
    (r"swap the first two bases", lambda s: s[1] + s[0] + s[2:]),
    (
        r"change every (\w) to (\w) and every \2 to \1",
        lambda s, one, two: s.translate(str.maketrans(one + two, two + one)),
    ),
    (r"add (\w) at the end", lambda s, base: s + base),
)


def phrases_of(prompt):
    """The edits in their order; those that are numbered stand in the order of the numbers."""
    numbered = dict(re.findall(r"\((\d+)\) (.+?)(?=, \(|\. )", prompt))
    if numbered:
        return [numbered[number] for number in re.search(r"order: ((?:\d, )+\d)\.", prompt)[1].split(", ")]
    return re.split(r"; |, then ", re.search(r"(?:In order,|these steps:) (.+?)\. (?:Give|What)", prompt)[1])


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        strand = re.search(r"strand(?: is)? ((?:[ACGT], )+[ACGT])\.", item.prompt)[1].replace(", ", "")
        for phrase in phrases_of(item.prompt):
            ((found, edit),) = [(m, edit) for pattern, edit in EDITS if (m := re.fullmatch(pattern, phrase))]
            strand = edit(strand, *found.groups())
        assert ", ".join(strand) == item.answer, item.prompt
