"""The key of an item."""

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.kinds.simulation.ball_swaps import KIND
from skillprobe_core.benchmark.splits import draw


def test_a_key_has_all_of_an_item_that_a_verdict_depends_on() -> None:
    item = draw(KIND, 1, Split.EVALUATION, 0, 0)
    assert item is not None
    key = AnswerKey.of(item)
    assert key == (item.answer_type, item.answer, item.accepted, item.tolerance, item.prompt)
    assert key.texts == (item.answer, *item.accepted)
