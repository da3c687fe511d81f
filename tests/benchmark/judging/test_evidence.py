"""Steps are found in the words of right answers, and a repetition of the question with the key shows none."""
# ruff: noqa: E501 (answers are on one line each)

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import Draft, Item, Skill, Split, make_item
from skillprobe_core.benchmark.judging.evidence import shows, shows_steps
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kind_registry import KINDS, kind_named
from skillprobe_core.benchmark.splits import draw


@pytest.mark.parametrize(
    ("completion", "evidence", "shown"),
    [
        ("[3, 1, 2] then [3,2,1]", ("3, 1, 2", "3, 2, 1"), True),
        ("**3**, 1, 2", ("3, 1, 2",), True),
        ("13, 1, 2", ("3, 1, 2",), False),
        ("3, 1, 25", ("3, 1, 2",), False),
        ("-3", ("3",), False),
        ("3.5", ("3",), False),
        ("It is 3.", ("3",), True),
        ("Ohm's Law", ("ohm's law",), True),
        ("a b", ("b", "a"), False),
        ("x", (), True),
        ("", ("", "*"), True),
        ("7", ("7",), True),
        ("x7", ("7",), False),
        ("7", ("7", "7"), True),
        ("2+4=6", ("2 + 4 = 6",), True),
        ("- 12-7 = 5\n- 5*2=10", ("12 - 7 = 5", "5 * 2 = 10"), True),
        ("12+4=6", ("2 + 4 = 6",), False),
        ("2+4=65", ("2 + 4 = 6",), False),
        ("4 + 16, 6 + 14", ("4+16", "6+14"), True),
        ("0 - 1, 0 - 3", ("0-1", "0-3"), True),
        ("2 × 3 = 6", ("2 * 3 = 6",), True),
        ("\u2022 v=56 m / s", ("v = 56 m/s",), True),
        ("50 - 1 = 49", ("1", "49"), True),
        ("5 - 4 is 1", ("5 - 4 = 1",), True),
        ("$5 \\times 4 = 20$", ("5 * 4 = 20",), True),
        ("A: 1, B: 3", ("1, 3",), True),
        ("A: 1, B: 2, C: 3", ("1, 3",), False),
        ("GATT", ("G, A, T, T",), True),
        ("GATTA", ("G, A, T, T",), False),
        ("| 1 | 0 | 1 |", ("1, 0, 1",), True),
        ("Ann now has the red ball and Ben has the blue one", ("Ann red, Ben blue",), True),
        ("Ann red, Ben not blue", ("Ann red, Ben blue",), False),
    ],
)
def test_steps_are_whole_words_whatever_the_separators(completion, evidence, shown):
    assert shows(completion, evidence) is shown


def question(kind: str, prompt: str, answer: str, *steps: str) -> Item:
    """An item of a registered kind with its own prompt, answer and steps."""
    return make_item(kind_named(kind), 2, Split.TRAIN, Draft(prompt, answer, "", "t", 0.0, evidence=steps))


SWAPS = question(
    "row_swaps",
    "In the row 3, 1, 2, 4, swap the numbers in positions 1 and 4, then positions 2 and 3. Give the final row.",
    "4, 2, 1, 3",
    "4, 1, 2, 3",
    "4, 2, 1, 3",
)
WALK = question(
    "grid_walk",
    "On a board, x and y go from 1 to 3. A move off the board is skipped. Start at x, y = 2, 2 and go up, up, left, "
    "down. Where do you end up? Give x, y.",
    "1, 2",
    "2, 3",
    "2, 3",
    "1, 3",
    "1, 2",
)
RULE = question(
    "iterated_rule",
    "Start with 47. In each step, look at the last digit: if it is 0 to 4, add 6; if it is 5 to 9, subtract 8. What number "
    "do you have after 3 steps?",
    "37",
    "39",
    "31",
    "37",
)
ATOMS = question(
    "energy_levels",
    "At first atom A is at level 2 and atom B is at level 4. Events: A up, B up, A up. Levels go from 1 to 5. Give the "
    "final levels of atoms A and B, separated by commas.",
    "4, 5",
    "3, 4",
    "3, 5",
    "4, 5",
)
CELLS = question(
    "cell_rows",
    "A row of cells is 0, 1, 1, 0. In each generation, a cell changes if its left neighbour was 1. Give the row after 2 "
    "generations.",
    "0, 1, 1, 1",
    "0, 1, 0, 1",
    "0, 1, 1, 1",
)
STRAND = question(
    "strand_edits",
    "A DNA strand is G, A, T, C. In order, reverse the order, then change every T to G, then remove the first base. Give "
    "the final strand.",
    "G, A, G",
    "C, T, A, G",
    "C, G, A, G",
    "G, A, G",
)
TRACE = question(
    "variable_trace",
    "Run this Python code:\na = 4\nb = 7\na = b + 2\nb = a + 1\na = a + 1\nWhat are the values of a and b at the end?",
    "10, 10",
    "9, 7",
    "9, 10",
    "10, 10",
)
STACK = question(
    "stack_machine",
    "A stack holds, from bottom to top, 5, 8. Run dup, push 3, swap, pop (pop removes the top value). Give the final stack.",
    "5, 8, 3",
    "5, 8, 8",
    "5, 8, 8, 3",
    "5, 8, 3, 8",
    "5, 8, 3",
)
STATES = question(
    "state_machine",
    "Table: P: a to R, b to Q. Q: a to P, b to R. R: a to Q, b to P. It starts in P and reads a, b, b, a, b. Which state?",
    "P",
    "R",
    "P",
    "Q",
    "P",
    "Q",
)
BALLS = question(
    "ball_swaps",
    "At first Ann has the red ball, Ben has the blue ball and Cal has the grey ball. Ann and Cal swap balls. Cal and Ben "
    "swap balls. What colour is Ben's ball now?",
    "red",
    "Ann grey, Ben blue, Cal red",
    "Ann grey, Ben red, Cal blue",
)
LINE = question(
    "waiting_line",
    "People are waiting in line, first to last: Eve, Gus, Kim. Kim goes to the front. Dan joins at the end. Kim is served "
    "and leaves. Give the line now.",
    "Eve, Gus, Dan",
    "Kim, Eve, Gus",
    "Kim, Eve, Gus, Dan",
    "Eve, Gus, Dan",
)
THINGS = question(
    "moved_things",
    "At first the pen is in the box and the cup is in the jar. Then these are moved: the pen to the jar; everything from "
    "the jar to the box. What is in the box now?",
    "pen, cup",
    "box: nothing; jar: pen cup",
    "box: pen cup; jar: nothing",
)
CHAIN = question(
    "arithmetic_chain",
    "Step 1: 12 + 9 = 21. Step 2: 21 - 6 = 14. Which step is the first wrong one? If there is none, answer 0.",
    "2",
    "21 - 6 = 15",
)
EQUATION = question(
    "equation_steps",
    "A pupil solves 4x + 6 = 26. Step 1: 4x = 32. Step 2: x = 8. Give the number of the first wrong step.",
    "1",
    "4x = 20",
)
LAW = question(
    "law_application",
    "A student uses F = m * a with m = 3 kg, a = 4 m/s^2. Step 1: F = 3 * 4. Step 2: F = 14 N. Give the number of the "
    "first wrong step.",
    "2",
    "F = 12 N",
)
ATOMS_COUNTED = question(
    "unbalanced_equation",
    "(1) C + O2 -> CO2; (2) 2 H2 + O2 -> 3 H2O. Which is the first equation that is not balanced?",
    "2",
    "H 4 and 6",
)
READINGS = question(
    "reading_claims",
    "The mass readings were 4, 9, 7. 1. Reading 1 is 4. 2. The largest reading is 7. Which is the first false claim?",
    "2",
    "the largest reading is 9",
)

# Right answers as models write them.
NATURAL = (
    (SWAPS, "Starting row: 3, 1, 2, 4\nSwap positions 1 and 4: 4, 1, 2, 3\nSwap positions 2 and 3: 4, 2, 1, 3\n\nAnswer: 4, 2, 1, 3"),
    (SWAPS, "[3, 1, 2, 4] → [4, 1, 2, 3] → [4, 2, 1, 3]\n\n**Answer:** 4, 2, 1, 3"),
    (SWAPS, "1. After swapping the 3 and the 4 we get `4 1 2 3`.\n2. Next, `4 2 1 3`.\nSo the final row is 4, 2, 1, 3."),
    (SWAPS, "After the first swap: $(4, 1, 2, 3)$. After the second swap: $(4, 2, 1, 3)$. Answer: \\boxed{4, 2, 1, 3}"),
    (SWAPS, "| step | row |\n|---|---|\n| start | 3 1 2 4 |\n| 1 | 4 1 2 3 |\n| 2 | 4 2 1 3 |\n\nAnswer: 4, 2, 1, 3"),
    (WALK, "Start (2, 2). Up: (2, 3). Up again would leave the board, so we stay. Left: (1, 3). Down: (1, 2).\nAnswer: 1, 2"),
    (WALK, "- up → (2,3)\n- up → skipped, still (2,3)\n- left → (1,3)\n- down → (1,2)\n\nFinal answer: 1, 2"),
    (WALK, "After moving up we are at x = 2, y = 3. The next move is skipped. Left takes us to x = 1, y = 3, and down to x = 1, y = 2. Answer: 1, 2"),
    (RULE, "47 ends in 7, so subtract 8: 39. 39 ends in 9, so subtract 8: 31. 31 ends in 1, so add 6: 37.\nAnswer: 37"),
    (RULE, "Step 1: 47 - 8 = 39\nStep 2: 39 - 8 = 31\nStep 3: 31 + 6 = 37\n\nThe result is **37**."),
    (RULE, "$47 \\to 39 \\to 31 \\to 37$. Answer: 37"),
    (ATOMS, "A up: A = 3, B = 4. B up: A = 3, B = 5. A up: A = 4, B = 5. Answer: 4, 5"),
    (ATOMS, "| Event | A | B |\n|---|---|---|\n| A up | 3 | 4 |\n| B up | 3 | 5 |\n| A up | 4 | 5 |\n\nAnswer: 4, 5"),
    (CELLS, "Generation 1: 0101\nGeneration 2: 0111\nAnswer: 0, 1, 1, 1"),
    (CELLS, "After one generation the row is [0, 1, 0, 1]; after two it is [0, 1, 1, 1].\nAnswer: 0, 1, 1, 1"),
    (STRAND, "Reversed: CTAG. With every T changed to G: CGAG. Without the first base: GAG.\nAnswer: G, A, G"),
    (STRAND, "1. reverse: C-T-A-G becomes C, T, A, G\n2. T to G: C, G, A, G\n3. remove C: G, A, G\nAnswer: G, A, G"),
    (TRACE, "a = b + 2 gives a = 9 and b = 7. Then b = a + 1 = 10, so a = 9, b = 10. Then a = 10, b = 10. Answer: 10, 10"),
    (TRACE, "After line 3: (9, 7). After line 4: (9, 10). After line 5: (10, 10).\n\nAnswer: 10, 10"),
    (STACK, "dup: [5, 8, 8]\npush 3: [5, 8, 8, 3]\nswap: [5, 8, 3, 8]\npop: [5, 8, 3]\nAnswer: 5, 8, 3"),
    (STACK, "5 8 → 5 8 8 → 5 8 8 3 → 5 8 3 8 → 5 8 3. Answer: 5, 8, 3"),
    (STATES, "P → R → P → Q → P → Q... let me check the table: the path is R, P, Q, P, Q, and so the machine ends.\nAnswer: P"),
    (BALLS, "After Ann and Cal swap: Ann has the grey ball, Ben has the blue ball, Cal has the red ball. After Cal and Ben swap: Ann grey, Ben red, Cal blue. Answer: red"),
    (BALLS, "First swap: Ann has grey, Cal has red. Second swap: Ben has red and Cal has blue. So Ben's ball is **red**.\nAnswer: red"),
    (BALLS, "- Ann: grey, Ben: blue, Cal: red\n- Ann: grey, Ben: red, Cal: blue\nAnswer: red"),
    (LINE, "Kim, Eve, Gus. Then Kim, Eve, Gus, Dan. Kim leaves: Eve, Gus, Dan.\nAnswer: Eve, Gus, Dan"),
    (LINE, "Eve-Gus-Kim\n→ Kim, Eve and Gus\n→ Kim, Eve, Gus and Dan\n→ Eve, Gus and Dan\nAnswer: Eve, Gus, Dan"),
    (THINGS, "After the first move the box is empty and the jar contains the pen and the cup: Box: empty; Jar: pen, cup. Then Box: pen, cup; Jar: empty. Answer: pen, cup"),
    (CHAIN, "Step 1 is right. Step 2: 21 − 6 = 15, not 14. Answer: 2"),
    (CHAIN, "12 + 9 is 21, fine. But 21 - 6 is 15. So the first wrong step is 2.\nAnswer: 2"),
    (CHAIN, "Check step 2: $21 - 6 = 15 \\neq 14$.\nAnswer: 2"),
    (EQUATION, "Subtracting 6 from both sides gives 4x = 20, so step 1 is wrong. Answer: 1"),
    (EQUATION, "From $4x + 6 = 26$ it follows that $4x=20$, not $4x=32$.\n\\boxed{1}"),
    (LAW, "F = 3 * 4 = 12, so F should be F = 12 N and step 2 is wrong. Answer: 2"),
    (ATOMS_COUNTED, "Equation 1 is balanced. In equation 2: H: 4 and 6. Answer: 2"),
    (READINGS, "Claim 1 is true. The largest reading is 9, so claim 2 is false. Answer: 2"),
)  # fmt: skip


@pytest.mark.parametrize(("item", "completion"), NATURAL)
def test_a_natural_right_answer_shows_its_steps(item, completion):
    judgement = judge(item, completion)
    assert judgement.verdict is Verdict.CORRECT
    assert judgement.shows_steps is True


@pytest.mark.parametrize(
    "form", ["{prompt}\nAnswer: {answer}", "Q: {prompt}\n\nThe answer is {answer}.\nAnswer: {answer}"]
)
@pytest.mark.parametrize("item", dict.fromkeys(item for item, _ in NATURAL), ids=lambda item: item.kind)
def test_the_question_with_the_key_shows_none(item, form):
    judgement = judge(item, form.format(prompt=item.prompt, answer=item.answer))
    assert judgement.verdict is Verdict.CORRECT
    assert judgement.shows_steps is False


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_question_with_its_key_shows_steps_and_every_reference_does(kind):
    for level in kind.levels:
        for index in range(3):
            item = draw(kind, level, Split.TRAIN, 3, index)
            if item is not None:
                assert not shows_steps(item, f"{item.prompt}\nAnswer: {item.answer}")
                assert shows_steps(item, item.reference) is not False, item.reference


def test_without_steps_to_show_it_is_null():
    by_skill = {skill: set() for skill in Skill}
    for kind in KINDS:
        for index in range(10):
            item = draw(kind, 3, Split.TRAIN, 3, index)
            by_skill[kind.skill].add(shows_steps(item, ""))
    assert by_skill[Skill.CALCULATION] == by_skill[Skill.FACT_RETRIEVAL] == by_skill[Skill.ENUMERATION] == {None}
    assert False in by_skill[Skill.SIMULATION]
    assert by_skill[Skill.DIAGNOSTIC] == {None, False}


@pytest.mark.parametrize(("item", "step"), [(SWAPS, 0), (RULE, 1), (BALLS, 1), (CELLS, 0), (CHAIN, 0), (LAW, 0)])
def test_a_missing_or_wrong_step_is_not_shown(item, step):
    lines = [*item.evidence, f"Answer: {item.answer}"]
    assert shows_steps(item, "\n".join(lines))
    assert not shows_steps(item, "\n".join(lines[:step] + lines[step + 1 :]))
    lines[step] = re.sub(r"\d|red|grey", "6", lines[step])
    assert not shows_steps(item, "\n".join(lines))


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=4))
def test_any_text_is_searched(completion, evidence):
    assert shows(completion, evidence) in (True, False)
    assert shows("\n".join(evidence), evidence)


def test_megabytes_are_searched():
    for text in ("1 " * 400_000, "-" * 10**6, "9" * 10**6, "4, 1, 2, " * 100_000):
        assert shows_steps(SWAPS, text) is False
