"""The last line of a text with the lines that belong to it."""

import pytest

from skillprobe_core.benchmark.judging.last_block import last_block


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("We add.\nIt is 12.", "It is 12."),
        ("These remain:\n- a\n- b", "- a\n- b"),
        ("Days:\nMonday\nFriday", "Monday\nFriday"),
        ("Pairs:\n0-2 (16 < 17)\n1-2 (12 < 17)", "0-2 (16 < 17)\n1-2 (12 < 17)"),
        ("| a | b |\n|---|---|\n| x | 3 |\n| y | 4 |", "x: 3\ny: 4"),
        ("So\n\\[\nx = 3\n\\]", "\\[\nx = 3\n\\]"),
        ("The list is red,\nand then blue", "The list is red,\nand then blue"),
    ],
)
def test_the_block_is_the_last_line_with_its_list_table_or_formula(text, block):
    assert last_block([line for line in text.splitlines() if line.strip()]) == block
