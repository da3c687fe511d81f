"""MMLU in the format of its package."""

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.sources.mmlu import CELLS, level_of
from tests.benchmark.sources.conftest import items


def test_mmlu_maps_all_57_subjects_to_one_cell_each(archive):
    subjects = [subject for group in CELLS.values() for subject in group]
    assert len(subjects) == len(set(subjects)) == 57
    row = {"question": "?", "subject": "", "choices": ["k = 0", "k = 1", "2", "3"], "answer": 1}
    tables = {
        f"hails/mmlu_no_train/{subject}/{part}": [{**row, "question": f"{subject} {part} {n}?"} for n in range(2)]
        for subject in subjects
        for part in ("test", "validation")
    }
    found = items("mmlu", archive(tables=tables))
    assert len(found) == 4 * 57
    assert {item.answer for item in found} == {"B"}
    for item in found:
        assert item.split is (Split.VALIDATION if "validation" in item.prompt else Split.EVALUATION)
    assert [level_of(s) for s in ("elementary_mathematics", "high_school_physics", "virology", "professional_law")] == [
        1, 2, 3, 5,
    ]  # fmt: skip
