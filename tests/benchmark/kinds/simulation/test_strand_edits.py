"""Strands, solved again by string operations."""

import re

from skillprobe_core.benchmark.kinds.simulation.strand_edits import KIND

EDITS = (
    (r"reverse the order", lambda s: s[::-1]),
    (r"move the first base to the end", lambda s: s[1:] + s[:1]),
    (r"move the last base to the front", lambda s: s[-1:] + s[:-1]),
    (r"remove the first base", lambda s: s[1:]),
    (r"change every (\w) to (\w)", lambda s, old, new: s.replace(old, new)),
    (r"add (\w) at the end", lambda s, base: s + base),
)


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        strand = re.search(r"strand(?: is)? ((?:[ACGT], )+[ACGT])\.", item.prompt)[1].replace(", ", "")
        phrases = re.search(r"(?:In order,|these steps:) (.+?)\. (?:Give|What)", item.prompt)[1]
        for phrase in re.split(r"; |, then ", phrases):
            ((found, edit),) = [(m, edit) for pattern, edit in EDITS if (m := re.fullmatch(pattern, phrase))]
            strand = edit(strand, *found.groups())
        assert ", ".join(strand) == item.answer, item.prompt
