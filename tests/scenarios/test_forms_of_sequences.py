"""Sequences as an answer line, in the forms in which people write them."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right

Q = AnswerType.SEQUENCE
GRID = (
    "A robot is at x, y = 2, 3. Right adds 1 to x and up adds 1 to y; left and down take 1. A move off "
    "the board (1 to 4) does nothing. Moves: left, right, left. Give x, y at the end."
)
LEV = (
    "At first atom A is on level 2 and atom B is on level 4. Light moves an atom one level up or down: "
    "A up, B up. Below level 1 and above level 5 it cannot go; then it stays. Give the final levels of "
    "A and B, separated by commas."
)
LEV1 = (
    "Energy levels go from 1 to 5. Up adds one level and down takes one; a move beyond the ends does "
    "nothing. Now atom A is on level 4. Events: down, up, up, up, down. Which level at the end?"
)
CELL = (
    "Row of cells: 1, 1, 1, 0, 0, 1. In each generation a cell is 1 if its two neighbours were equal, "
    "else 0. Beyond the ends all is 0. Give the row after 1 generation."
)
STR = (
    "Strand: A, T, G, G. In order, move the last base to the front, then move the last base to the "
    "front. Give the strand, separated by commas."
)
VAR = "a = 9\nb = 9\nc = 4\nb, c = c, b\nGive the values of a, b and c after these lines, separated by commas."
STK = "A stack machine holds 2, 8, 5 (top last). It runs: swap, rot, dup. What does it hold, top last?"
LINE = (
    "A line, first to last: Ben, Eve, Cal. Hal joins at the end. Hal goes to the front. Give the line "
    "now, first to last."
)

RIGHT = (
    (Q, "1, 3", GRID, (
        "1, 3", "(1, 3)", "x = 1, y = 3", "x: 1, y: 3", "x is 1 and y is 3", "(x, y) = (1, 3)", "x, y = 1, 3",
        "The robot ends at 1, 3", "1,3", "{1, 3}", "position 1, 3", "\\(1, 3\\)", "$(1,3)$", "$x=1,\\ y=3$",
        "1, 3 (column, row)", "one, three", "x = 1 and y = 3", "The final position is x = 1, y = 3",
        "column 1, row 3", "x=1\ny=3", "- x = 1\n- y = 3", "1\n3", "1, 3. The robot has moved left.",
        "Final position: (1, 3)",
    )),
    (Q, "3, 5", LEV, (
        "A: 3, B: 5", "A = 3, B = 5", "Atom A: level 3, Atom B: level 5", "A is on level 3 and B is on level 5",
        "A on level 3, B on level 5", "level 3, level 5", "levels 3 and 5", "Level 3 (A), level 5 (B)", "3 and 5",
        "A: 3\nB: 5", "- A: 3\n- B: 5", "A is at 3, B is at 5", "The final levels are 3, 5",
        "The final levels of A and B are 3 and 5.", "Final levels: A=3, B=5", "3, 5 respectively",
        "first 3, second 5", "first: 3, second: 5", "3,5", "3 (A) and 5 (B)", "A ends on level 3 and B on level 5",
    )),
    (Q, "5", LEV1, (
        "5", "Level 5", "Atom A is on level 5", "A: 5", "5 (the top level)", "five", "level five",
        "It ends on level 5 at the end", "E = 5", "[5]",
    )),
    (Q, "0, 1, 0, 0, 0, 1", CELL, (
        "0, 1, 0, 0, 0, 1", "010001", "0 1 0 0 0 1", "[0, 1, 0, 0, 0, 1]", "0-1-0-0-0-1",
        "0,1,0,0,0,1 after one generation", "After 1 generation: 0, 1, 0, 0, 0, 1",
        "The row after 1 generation is 0, 1, 0, 0, 0, 1.", "Row: 010001",
        "After generation 1, the row is 0, 1, 0, 0, 0, 1",
    )),
    (Q, "T, A, A, T", STR, (
        "T, A, A, T", "TAAT", "T A A T", "T-A-A-T", "5'-TAAT-3'", "The strand is TAAT",
        "The strand is T, A, A, T.", "T → A → A → T", "T, A, A, T (reversed)", "Strand: TAAT", "[T, A, A, T]",
        "['T', 'A', 'A', 'T']", '"T", "A", "A", "T"', "T,A,A,T", "final strand = TAAT", "T\nA\nA\nT",
        "$T, A, A, T$", "\\text{TAAT}", "The final strand is T-A-A-T",
    )),
    (Q, "10, 10, 11", VAR, (
        "10, 10, 11", "a = 10, b = 10, c = 11", "a: 10, b: 10, c: 11", "a is 10, b is 10 and c is 11",
        "10, 10 and 11, respectively", "10 10 11", "a = 10\nb = 10\nc = 11", "(10, 10, 11)",
        "a, b, c = 10, 10, 11", "ten, ten, eleven", "10, 10, 11 (a, b, c)", "The values are 10, 10, 11",
        "`a = 10`, `b = 10`, `c = 11`",
    )),
    (Q, "8, 5, 2", STK, (
        "8, 5, 2", "8, 5, 2 (top last)", "[8, 5, 2]", "8 5 2", "Stack: 8, 5, 2", "It holds 8, 5, 2",
        "The stack holds 8, 5, 2, top last.", "It holds 8, 5 and 2, with 2 on top", "8, 5, 2 from bottom to top",
        "8 -> 5 -> 2", "The stack (bottom to top) is 8, 5, 2",
    )),
    (Q, "Hal, Ben, Eve, Cal", LINE, (
        "Hal, Ben, Eve, Cal", "Hal, Ben, Eve, Cal (first to last)", "Hal, Ben, Eve, Cal, first to last",
        "Hal → Ben → Eve → Cal", "first to last: Hal, Ben, Eve, Cal", "1. Hal\n2. Ben\n3. Eve\n4. Cal",
        "1. Hal, 2. Ben, 3. Eve, 4. Cal", "The line is now Hal, Ben, Eve, Cal.",
        "The line is Hal, Ben, Eve, Cal from first to last", "Hal Ben Eve Cal",
        "Hal is first, then Ben, then Eve, and Cal is last", "Hal - Ben - Eve - Cal", "Hal\nBen\nEve\nCal",
        "Hal, Ben, Eve, Cal. Hal went to the front.", "Hal > Ben > Eve > Cal",
        "first: Hal, second: Ben, third: Eve, fourth: Cal", "Hal first, Ben second, Eve third, Cal fourth",
    )),
)  # fmt: skip

WRONG = (
    (Q, "1, 3", GRID, (
        "3, 1", "1, 3 are wrong; 2, 3", "x \\neq 1, 3", "x ≠ 1, 3", "1 and 3 is wrong", "1, 2", "1",
        "x = 3, y = 1", "(1, 4)", "1, 3 or 1, 4", "not 1, 3", "31", "x = 1", "1, 3, ...", "1, -3", "from 1 to 3",
    )),
    (Q, "3, 5", LEV, (
        "5, 3", "A: 5, B: 3", "3", "3, 4", "A: 3", "3 or 5", "levels 3 to 5",
        "A is on level 5 and B is on level 3",
    )),
    (Q, "5", LEV1, (
        "4", "level 4", "level 5 or 6", "not 5", "5, 6", "at least 5", "1 to 5",
    )),
    (Q, "0, 1, 0, 0, 0, 1", CELL, (
        "0, 1, 0, 0, 0", "010000", "0100010", "0, 1, 0, ..., 1",
    )),
    (Q, "T, A, A, T", STR, (
        "TAA", "ATTA", "T, A, T, A", "T, A, A, T, G", "TAAT or TATA", "GTAAT",
    )),
    (Q, "10, 10, 11", VAR, (
        "10, 11, 10", "101011", "a = 10, b = 11, c = 10", "10, 10, 12",
    )),
    (Q, "Hal, Ben, Eve, Cal", LINE, (
        "Hal, Eve, Ben, Cal", "Hal, Ben, Eve, Cal, Dan", "Hal, Ben, Eve, ...", "Hal, Ben, Eve or Cal",
        "first: Ben, second: Hal, third: Eve, fourth: Cal", "1. Ben\n2. Hal\n3. Eve\n4. Cal",
    )),
)  # fmt: skip


@pytest.mark.parametrize(("answer_type", "answer", "question", "texts"), RIGHT, ids=lambda value: str(value)[:24])
def test_sequences_are_right_in_the_forms_in_which_people_write_them(answer_type, answer, question, texts):
    for prompt in (question, ""):
        key = AnswerKey(answer_type, answer, (), None, prompt)
        assert [text for text in texts if not is_right(key, text)] == []


@pytest.mark.parametrize(("answer_type", "answer", "question", "texts"), WRONG, ids=lambda value: str(value)[:24])
def test_other_open_and_hedged_sequences_are_not(answer_type, answer, question, texts):
    for prompt in (question, ""):
        key = AnswerKey(answer_type, answer, (), None, prompt)
        assert [text for text in texts if is_right(key, text)] == []
