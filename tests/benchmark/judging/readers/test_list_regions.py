"""Places of a statement in which a list may stand."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_regions import explained, last_sentences, regions_of
from skillprobe_core.benchmark.judging.statements import Statement


def regions(text: str, *, stated: bool = True, rule: str = "answer_line") -> list[str]:
    return [" ".join(region.split()) for region in regions_of(text, Statement(text, rule, stated=stated))]


def test_bullets_after_a_mark_are_one_region() -> None:
    found = regions("\n- red\n- blue\n- green")
    assert any(all(colour in region for colour in ("red", "blue", "green")) for region in found)


@pytest.mark.parametrize("text", ["2, 3, 5", "The list is 2, 3, 5."])
def test_one_line_is_a_region(text: str) -> None:
    assert any("2, 3, 5" in region for region in regions(text))


def test_names_with_explanations_are_a_list() -> None:
    question = question_of("Which colours does the flag have?")
    text = (
        "The flag has these colours:\n1. Red: the colour of the old banner\n2. White: it stands for snow\nThat is all."
    )
    assert explained(text, question) == "Red, White"
    assert explained(f"{text}\n\n{text}", question) == ""
    assert explained("1. Red: the colour of the old banner", question) == ""


@pytest.mark.parametrize(
    ("text", "first"),
    [("7, 8 and 9 are candidates. So we have 7, 9.", "So we have 7, 9."), ("x = y = 3, so 7 and 9 fit", "7 and 9 fit"),
     ("1. 4, 7, 9\n2. 7, 4, 9", "7, 4, 9"), ("T, G, A. Then we get G, T, A.", "Then we get G, T, A.")],
)  # fmt: skip
def test_the_last_sentence_comes_first(text: str, first: str) -> None:
    assert last_sentences(text, Statement(text, "last_line", stated=False))[0] == first


def test_what_is_dropped_is_not_a_conclusion() -> None:
    text = "All are even, so I exclude 7 and 9"
    assert last_sentences(text, Statement(text, "last_line", stated=False)) == []
