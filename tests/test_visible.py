"""Text that is shown as it is."""

import ast
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.visible import visible, visible_lines, visible_markdown

HIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(st.characters(codec=None)))
def test_no_character_acts_on_what_shows_it(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(character) for character in shown} & HIDDEN
    assert not {"\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u200b", "\ufeff"} & set(shown)


@given(st.text(st.characters(codec=None, exclude_characters="\\")))
def test_without_backslashes_the_text_can_be_read_back(text: str) -> None:
    shown = visible(text)
    quoted = shown.replace('"', '\\"')
    assert ast.literal_eval(f'"{quoted}"') == text


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_printable_text_is_unchanged(text: str) -> None:
    assert visible(text) == visible_lines(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "[a, b] [/b] [link=https://example.org]x[/link] :smile:",
        r"\frac{1}{2} \x1b C:\new",
        "naïve, Ελληνικά, 日本語　全角, 한국어, עברית, العربية",
        "e\u0301 n\u0303 \u0e01\u0e34",  # combining marks
        "👩🏽\u200d⚕\ufe0f 👨\u200d👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 🇫🇷",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian with its non-joiner
        "\u0915\u094d\u200d\u0937",  # Devanagari with a joiner after the virama
        "\u0600\u0661",  # a number sign, a format character that is drawn
    ],
)
def test_what_is_drawn_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]52;c;eA==\x07", r"\x1b[31mred\x1b]52;c;eA==\x07"),
        ("a\r\n\tb\x00\x08\x7f\x9b", r"a\r\n\tb\x00\x08\x7f\x9b"),
        ("\u202eabc\u2066", r"\u202eabc\u2066"),
        ("a\u200bb\u200dc\u200cd\ufeff\u2060\xad", r"a\u200bb\u200dc\u200cd\ufeff\u2060\xad"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("\udcff\ud800", r"\udcff\ud800"),
        ("\u3164\u115f\u034f\U000e0100", r"\u3164\u115f\u034f\U000e0100"),
        ("\U000e0041\U000e0042\ue000", r"\U000e0041\U000e0042\ue000"),
        ("a\ufe0f\ufe01\ufe02", "a\ufe0f" + r"\ufe01\ufe02"),  # bytes can hide in a row of selectors
    ],
)
def test_what_would_not_be_seen_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_stay_lines_and_nothing_else_does() -> None:
    assert visible_lines("a\n\r\n\tb\u2028") == "a\n\\r\n\\tb\\u2028"


def test_markdown_of_a_cell_is_its_text() -> None:
    hostile = "a|b\n<script>x</script> [x](javascript:y) ![z](u) `c` **d** _e_ fact_retrieval ~~f~~ &lt; \\|"
    cell = visible_markdown(hostile)
    assert "fact_retrieval" in cell
    assert "\n" not in cell
    unescaped = [cell[place] for place in range(1, len(cell)) if cell[place] in "|<>[]`*~&" and cell[place - 1] != "\\"]
    assert not unescaped
