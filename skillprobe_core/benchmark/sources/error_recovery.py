"""The first wrong step of a model's reasoning, from the error-recovery set of OpenAI's evals: diagnostic.

The data set has correct steps and the one incorrect step that followed them. An item shows them all and asks for the
first wrong step. Since the wrong one is always the last one shown, half of the items (by the digest of question and
steps) show only the correct steps, and their answer is 0; so the chance level is one half. The domain depends on the
BIG-bench task: arithmetic is mathematics, brackets are coding, the rest general. The level depends on the number of
steps shown: up to 2, 3, 5, 10, more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.machine.registry_downloads import Package

from .source import Entry, Source, rising

PACKAGE = Package("evals==3.0.1.post1", "0abcb2051303500784b1641a6e4f6b813ed43ad64f879a37d344a6774eb8eb78")
_MEMBER = "evals/registry/data/error_recovery/main.jsonl"
_DOMAINS = {"multistep_arithmetic": Domain.MATH, "dyck_languages": Domain.CODING}
_LEVELS = (2, 3, 5, 10)
_ASK = "Which step is the first wrong one? If there is none, answer 0."


def _read(archive: ZipFile) -> Iterator[Entry]:
    for line in archive.read(_MEMBER).decode().splitlines():
        row = json.loads(line)
        steps = list(row["correct_steps"])
        whole = int(digest_of(row["question"], steps, row["incorrect_step"]), 16) % 2 == 0
        if whole and not steps:
            continue
        if not whole:
            steps.append(row["incorrect_step"])
        answer = "0" if whole else str(len(steps))
        shown = "\n".join(f"Step {number}: {step.strip()}" for number, step in enumerate(steps, start=1))
        draft = Draft(
            prompt=f"{row['question'].strip()}\n\nThe start of a solution:\n{shown}\n{_ASK}",
            answer=answer,
            reference=f"{'Every step holds.' if whole else f'Step {answer} is wrong.'}\nAnswer: {answer}",
            template="plain",
            chance=0.5,
        )
        domain = _DOMAINS.get(row["task"], Domain.GENERAL)
        level = rising(len(steps), _LEVELS)
        yield Entry(f"error_recovery_{row['task']}", Skill.DIAGNOSTIC, domain, level, AnswerType.INTEGER, draft)


SOURCE = Source(
    "error_recovery",
    "1,436 partial solutions, half with a wrong last step; diagnostic/math, coding and general",
    "MIT (OpenAI); tasks of BIG-bench, Apache-2.0",
    PACKAGE,
    _read,
)
