"""OpenAI's error recovery in the format of its package."""

import json

from skillprobe_core.benchmark.item_schema import Domain
from tests.benchmark.sources.conftest import items


def test_error_recovery_shows_the_wrong_step_last_or_not_at_all(archive):
    rows = [
        {"question": f"{task} {number}", "correct_steps": ["one", "two"], "incorrect_step": "three", "task": task,
         "mistake_index": 2.0, "target": 1}
        for number in range(40)
        for task in ("multistep_arithmetic", "dyck_languages", "word_sorting")
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, rows))
    found = items("error_recovery", archive(texts={"evals/registry/data/error_recovery/main.jsonl": text}))
    assert {item.answer for item in found} == {"0", "3"}
    for item in found:
        assert ("three" in item.prompt) == (item.answer == "3")
        assert item.chance >= 0.5
    assert {item.domain for item in found} == {Domain.MATH, Domain.CODING, Domain.GENERAL}
