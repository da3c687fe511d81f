"""Answers without a sentence before their explanation."""

import pytest

from skillprobe_core.benchmark.judging.bare_answers import bare_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("120. The minutes match, so only the hours count: 12 - 10 = 2.", "120."),
        ("Three hundred and seventeen. You add 243, 54, 18 and 2.", "Three hundred and seventeen"),
        ("Let me see.\n1,440! 577 + 863 is easy.", "1,440!"),
        ("**red**\n\nRed is the colour in the end.", "**red**"),
        ("\\[ 3 + 4 = 7 \\]\nHere 3 comes first.", "3 + 4 = 7"),
        ("Let me see.\n\n**120**\n\nThe hours are all that counts.", "**120**"),
        ("```\n  70\n+ 50\n----\n 120\n```\nThe 7 and the 5 make 12.", "120"),
        ('{"minutes": 120, "reason": "12 - 10 = 2"}', "120"),
        ('{"row": [3, 1], "note": "swapped"}', "3, 1"),
        ('{"before": 60, "after": 120, "reason": "doubled"}', ""),
        ("```\n  70\n+ 50\n----\n 120\n```\nWait, that is wrong.", ""),
        ("120. Wait, that is 119.", ""),
        ("120. So it is 119 in the end.", ""),
        ("2 is right. 3 is wrong.", ""),
        ("1. Add the ones.", ""),
        ("- 16 coins\n18. Then add the rest.", ""),
        ("\\[ 3 + 4 = 7 \\]\nSo the answer is 8.", ""),
    ],
)
def test_a_bare_answer_is_found_unless_what_follows_replaces_it(text, answer):
    assert bare_answer(text, text.splitlines()) == answer
