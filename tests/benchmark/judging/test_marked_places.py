"""The places of a completion that are marked as its answer."""

import pytest

from skillprobe_core.benchmark.judging.marked_places import boxed, content_of, marked_places


@pytest.mark.parametrize(
    ("text", "content"), [("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"), ("\\boxed{1} \\boxed{2", ""), ("2", None)]
)
def test_the_last_box_is_read_with_its_braces(text, content):
    assert boxed(text) == content


@pytest.mark.parametrize(
    ("text", "rules", "content"),
    [
        ("\\boxed{3} and \\boxed{5}", ["boxed", "boxed"], "3, 5"),
        ("<answer>Answer: red</answer>", ["answer_tag"], "red"),
        ("Answer: 3\n\nThat is, \\boxed{3}", ["answer_line", "boxed"], "3"),
        ('{"answer": "red"}', ["answer_line"], "red"),
        ("Answer:\n- a\n- b\n\nBye.", ["answer_line"], "- a\n- b"),
    ],
)
def test_boxes_tags_and_lines_are_marked(text, rules, content):
    marks, _ = marked_places(text)
    assert [mark.rule for mark in marks] == rules
    assert content_of(text, marks) == content


@pytest.mark.parametrize(
    "text",
    [
        "The answer can't be A, so I take B.",
        "If it were balanced, the answer would be 0.",
        "Reply with 'Answer: ' and the number.",
    ],
)
def test_denials_conditions_and_quotes_are_not_marked(text):
    assert marked_places(text)[0] == []
