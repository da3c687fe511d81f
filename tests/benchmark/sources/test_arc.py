"""ARC in the format of its package."""

from skillprobe_core.benchmark.judging.judge import Verdict, judge
from tests.benchmark.sources.conftest import items


def test_arc_shows_its_options_and_takes_their_text_too(archive):
    easy = {"id": "1", "query": "Question: Which is hot?\nAnswer:", "choices": ["ice", "the Sun", "snow"], "gold": 1}
    hard = {**easy, "query": "Question: Which is cold?\nAnswer:", "gold": 0}
    first, second = items("arc", archive({"arc_easy/test_rc_5shot": [easy], "arc_challenge/test_rc_5shot": [hard]}))
    assert first.prompt == "Which is hot?\nA) ice\nB) the Sun\nC) snow"
    assert (first.answer, second.answer, first.level, second.level) == ("B", "A", 2, 3)
    for text in ("Answer: B", "Answer: the Sun", "**(B) the Sun**", "The answer is B."):
        assert judge(first, text).verdict is Verdict.CORRECT, text
    assert judge(first, "Answer: A").verdict is Verdict.WRONG
