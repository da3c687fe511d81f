"""AI2's basic skills in the format of their package."""

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.splits import split_of
from tests.benchmark.sources.conftest import items


def test_basic_skills_hash_their_split_and_ask_arithmetic_for_its_number(archive):
    document = {"id": "0", "question": "4 * 8 =", "choices": ["40", "32"], "gold": 1}
    names = ("coding", "common_knowledge", "logical_reasoning", "pattern", "string_operations")
    requests = {f"basic_skills_{n}/rc_5shot": [{**document, "question": n, "choices": ["a b", "c d"]}] for n in names}
    found = items("basic_skills", archive({"basic_skills_arithmetic/rc_5shot": [document, document], **requests}))
    assert found[0].prompt == "What is 4 * 8?"
    assert (found[0].answer, found[0].answer_type) == ("32", AnswerType.RATIONAL)
    assert len(found) == 6
    assert all(item.split is split_of(item.prompt) for item in found)
    assert {item.answer for item in found[1:]} == {"B"}
