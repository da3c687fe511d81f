"""TriviaQA in the format of its package."""

from skillprobe_core.benchmark.judging.judge import Verdict, judge
from tests.benchmark.sources.conftest import items


def test_triviaqa_accepts_every_alias(archive):
    answer = {"value": "Sunset Boulevard", "aliases": ["Sunset Blvd."], "normalized_aliases": ["west sunset boulevard"]}
    row = {"question": "Which musical?", "question_id": "tc_33", "answer": answer}
    unreadable = {
        **row,
        "question": "Which song?",
        "answer": {"value": '"?"', "aliases": [], "normalized_aliases": []},
    }
    (item,) = items("triviaqa", archive(tables={"trivia_qa/rc.wikipedia.nocontext/validation": [row, unreadable]}))
    for text in ("sunset boulevard", "Sunset Blvd", "West Sunset Boulevard."):
        assert judge(item, f"Answer: {text}").verdict is Verdict.CORRECT
