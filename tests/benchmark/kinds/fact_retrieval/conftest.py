import csv
import importlib.resources
import random
import re

import pytest

from skillprobe_core.benchmark.item_schema import finished
from skillprobe_core.benchmark.kinds.fact_retrieval import facts


@pytest.fixture
def drafts():
    """`drafts(kind, level, count)`: that many draws of a level, the same in every run."""

    def draw(kind, level, count=150):
        rng = random.Random(f"{kind.name} {level}")
        return [finished(kind.draft(level, rng)) for _ in range(count)]

    return draw


class Lookup:
    """Answers questions out of the tables by reading them: `resolve` finds the value of a noun phrase.

    A phrase is a subject of the table, or a relation of a phrase, or an inverse relation of an answer.
    """

    def __init__(self, domain):
        folder = importlib.resources.files(facts)
        read = lambda name: list(  # noqa: E731
            csv.DictReader(folder.joinpath(name).read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=3)
        )
        self.rows = read(f"{domain}.tsv")
        self.relations = [row for row in read("relations.tsv") if row["domain"] == domain]
        self.by_relation = {
            relation["relation"]: [row for row in self.rows if row["relation"] == relation["relation"]]
            for relation in self.relations
        }

    @staticmethod
    def _slot(wording, phrase):
        before, after = re.split(r"\{[sa]\}", wording)
        match = re.fullmatch(f"{re.escape(before)}(.+){re.escape(after)}", phrase)
        return match[1] if match else None

    def resolve(self, phrase, depth=0):
        """The set of values of the phrase."""
        values = set()
        for relation in self.relations:
            rows = self.by_relation[relation["relation"]]
            subject = self._slot(relation["ask"], phrase)
            if subject is not None:
                names = {subject} | (self.resolve(subject, depth + 1) if depth == 0 else set())
                names |= {f"the {name}" for name in names}
                values |= {row["answer"] for row in rows if row["subject"] in names}
            answer = self._slot(relation["inverse"], phrase) if relation["inverse"] else None
            if answer is not None:
                values |= {row["subject"] for row in rows if row["answer"] == answer}
        return values

    def phrases(self, prompt):
        """The parts of the prompt that begin like a relation, longest first."""
        starts = [match.start() for match in re.finditer(r"\b(?:the|The) ", prompt)]
        ends = [len(prompt), *(match.start() for match in re.finditer(r"(?:[.?,]| is\.)(?= |$)", prompt))]
        found = {prompt[start:end] for start in starts for end in ends if end > start}
        return sorted(found, key=len, reverse=True)

    def solve(self, prompt):
        """The values of the longest part of the prompt that the tables can answer."""
        for phrase in self.phrases(prompt):
            values = self.resolve(phrase)
            if values:
                return values
        return set()


@pytest.fixture
def lookup():
    """`lookup(domain)`: a solver that knows the tables alone."""
    return Lookup


@pytest.fixture
def options_of():
    """`options_of(prompt)`: the prompt without its options, and the options by letter."""
    block = re.compile(r"A\) (.+?), B\) (.+?), C\) (.+?), D\) (.+?)(?=, which is|\. Which\?$|$)")

    def split(prompt):
        found = block.search(prompt)
        question = re.sub(r" is: $|: $|\?? Options: $", "", prompt[: found.start()]) + prompt[found.end() :]
        question = re.sub(r"^One of these is | Which\?$|, which is", " ", question)
        return question.strip(" ?.:"), dict(zip("ABCD", found.groups(), strict=True))

    return split
