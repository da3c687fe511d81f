import csv
import importlib.resources
import re
from functools import cache

import pytest

from skillprobe_core.benchmark.kinds.fact_retrieval import facts


def _capitalised(text):
    return text[:1].upper() + text[1:]


class Lookup:
    """Answers questions out of the tables by reading them: a text about each row, and about each pair of rows where
    the one names the subject of the other."""

    def __init__(self, domain):
        folder = importlib.resources.files(facts)
        read = lambda name: list(  # noqa: E731
            csv.DictReader(folder.joinpath(name).read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=3)
        )
        self.rows = read(f"{domain}.tsv")
        self.relations = {row["relation"]: row for row in read("relations.tsv") if row["domain"] == domain}
        self.values = {}
        by_name = {}
        for row in self.rows:
            by_name.setdefault(re.sub(r"^(the|an?) ", "", row["subject"]), []).append(row)
            self._learn(row, row["subject"], row["answer"])
        for row in self.rows:
            wording = self.relations[row["relation"]]
            phrases = {wording["ask"].format(s=row["subject"]): row["answer"]}
            if wording["inverse"]:
                phrases[wording["inverse"].format(a=row["answer"])] = row["subject"]
                for text in (wording["inverse"], wording["inverse_question"]):
                    self._add(text.format(a=row["answer"]), row["subject"])
            for phrase, value in phrases.items():
                for second in by_name.get(re.sub(r"^(the|an?) ", "", value), []):
                    if second["relation"] != row["relation"]:
                        self._learn(second, phrase, second["answer"])

    def _learn(self, row, subject, answer):
        wording = self.relations[row["relation"]]
        self._add(wording["ask"].format(s=subject), answer)
        first = re.search(r" (in|on|of|at|from)\b", subject)
        what, where = (subject[: first.start()], subject[first.start() + 1 :]) if first else (subject, "")
        self._add(wording["question"].format(s=subject, what=what, where=where), answer)

    def _add(self, phrase, value):
        for text in (phrase, _capitalised(phrase)):
            self.values.setdefault(text, set()).add(value)

    def solve(self, prompt):
        """The values of the longest text in the prompt that the tables can answer."""
        found = [text for text in self.values if text in prompt]
        return self.values[max(found, key=len)] if found else set()


@pytest.fixture
def lookup():
    """`lookup(domain)`: a solver that knows the tables alone."""
    return cache(Lookup)


@pytest.fixture
def options_of():
    """`options_of(prompt)`: the prompt before its options, and the options by letter."""
    block = re.compile(r"A\) (.+?), B\) (.+?), C\) (.+?), D\) (.+?)(?=\?$|\. Which one is it\?$|$)")

    def split(prompt):
        found = block.search(prompt)
        return prompt[: found.start()], dict(zip("ABCD", found.groups(), strict=True))

    return split
