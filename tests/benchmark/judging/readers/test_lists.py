"""Lists, compared in order, as sets, or with counts, in the forms in which they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, is_right, judge_answer, read
from skillprobe_core.benchmark.judging.statements import Statement

Q, S, M = AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET
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
MOV = (
    "Ann puts the ring in the bag, the pin in the bag, the card in the pot and the pen in the bag. "
    "Then she moves all from the pot to the tin, then the ring to the pot, then the map to the pot. "
    "What does the bag hold? Use commas."
)
NUM = (
    "List every whole number from 65 to 106 that is a multiple of 5 and is not a multiple of 3. Write "
    "them in increasing order, separated by commas."
)
SUM = (
    "Write 8 as a sum of two whole numbers from 1 to 5 in every possible way. Join the parts of a way "
    "by + in increasing order, and separate ways by commas."
)
GEN = (
    "The parents are HK and KK. List every genotype that the child can have. Letters of a pair and the "
    "list go in alphabetical order; use commas."
)
COD = (
    "Codons are three letters long. Find all codons over C or U of which each ends with C. Keep "
    "alphabetical order; separate them by commas."
)
TEAM = (
    "Choose two people from Finn, Kim and Pia. Finn and Pia are never chosen together. Which choices "
    "are possible? Join names of a choice in alphabetical order by hyphens, and separate choices by "
    "commas."
)
SLOT = (
    "Olga is free on Wednesday, Thursday, Friday, Saturday. Mia is free on Wednesday, Thursday, "
    "Friday. Which days do both have in common? Write them in the order of the week, separated by "
    "commas."
)
SLOT2 = (
    "Rita is free on Monday morning, Monday evening. Which slots do all of them have in common? Write "
    "them in the order of the week, separated by commas."
)
ROUTE = (
    "Roads join Hill-Ridge, Bay-Hill. List every route from Moor to Hill. Write a route as its places "
    "joined by hyphens; separate routes by commas."
)
PAIR = (
    "Given the list a = [4, 1, 9]. Which pairs of positions i < j have a[i] > a[j]? Positions start at "
    "0; write a pair as i-j, in increasing order, and separate pairs by commas."
)
SUB = (
    "Cut every two neighbouring letters out of thht. Which different pieces are there? List each only "
    "once, in order of first occurrence, separated by commas."
)

RIGHT = (
    (
        Q,
        "1, 3",
        GRID,
        (
            "1, 3",
            "(1, 3)",
            "x = 1, y = 3",
            "x=1, y=3",
            "x: 1, y: 3",
            "x is 1 and y is 3",
            "(x, y) = (1, 3)",
            "x, y = 1, 3",
            "The robot is at (1, 3).",
            "The robot ends at 1, 3",
            "It ends at x = 1, y = 3.",
            "1,3",
            "1 and 3",
            "[1, 3]",
            "{1, 3}",
            "Position (1, 3)",
            "position 1, 3",
            "\\(1, 3\\)",
            "$(1,3)$",
            "$x=1,\\ y=3$",
            "(1,3), since the wall stops it",
            "1, 3 (column, row)",
            "one, three",
            "y = 3, x = 1",
            "1; 3",
            "x = 1 and y = 3",
            "x=1 y=3",
            "The final position is (1, 3).",
            "The final position is x = 1, y = 3",
            "At the end x, y = 1, 3",
            "column 1, row 3",
            "x=1\ny=3",
            "- x = 1\n- y = 3",
            "1\n3",
            "So we end at (1, 3)!",
            "1, 3.",
            "1, 3. The robot has moved left.",
            "1 | 3",
            "Final position: (1, 3)",
            "the robot stands on (1, 3)",
        ),
    ),
    (
        Q,
        "3, 5",
        LEV,
        (
            "A: 3, B: 5",
            "A = 3, B = 5",
            "Atom A: level 3, Atom B: level 5",
            "A is on level 3 and B is on level 5",
            "A on level 3, B on level 5",
            "level 3, level 5",
            "levels 3 and 5",
            "Level 3 (A), level 5 (B)",
            "B: 5, A: 3",
            "3 and 5",
            "A: 3\nB: 5",
            "- A: 3\n- B: 5",
            "A is at 3, B is at 5",
            "Atom A is on level 3, and atom B is on level 5.",
            "The final levels are 3, 5",
            "The final levels of A and B are 3 and 5.",
            "Final levels: A=3, B=5",
            "3, 5 respectively",
            "first 3, second 5",
            "first: 3, second: 5",
            "A 3, B 5",
            "3,5",
            "3 (A) and 5 (B)",
            "A ends on level 3 and B on level 5",
        ),
    ),
    (
        Q,
        "5",
        LEV1,
        (
            "5",
            "Level 5",
            "level 5",
            "Atom A is on level 5",
            "A: 5",
            "5 (the top level)",
            "It is on level 5.",
            "five",
            "level five",
            "The atom ends at level 5",
            "It ends on level 5 at the end",
            "Level: 5",
            "E = 5",
            "[5]",
            "5.",
        ),
    ),
    (
        Q,
        "0, 1, 0, 0, 0, 1",
        CELL,
        (
            "0, 1, 0, 0, 0, 1",
            "010001",
            "0 1 0 0 0 1",
            "[0, 1, 0, 0, 0, 1]",
            "0-1-0-0-0-1",
            "0,1,0,0,0,1 after one generation",
            "After 1 generation: 0, 1, 0, 0, 0, 1",
            "The row after 1 generation is 0, 1, 0, 0, 0, 1.",
            "`0 1 0 0 0 1`",
            "Row: 010001",
            "0 | 1 | 0 | 0 | 0 | 1",
            "(0, 1, 0, 0, 0, 1)",
            "0; 1; 0; 0; 0; 1",
            "After generation 1, the row is 0, 1, 0, 0, 0, 1",
        ),
    ),
    (
        Q,
        "T, A, A, T",
        STR,
        (
            "T, A, A, T",
            "TAAT",
            "T A A T",
            "T-A-A-T",
            "taat",
            "5'-TAAT-3'",
            "The strand is TAAT",
            "The strand is T, A, A, T.",
            "T → A → A → T",
            "T, A, A, T (reversed)",
            "Strand: TAAT",
            "[T, A, A, T]",
            "['T', 'A', 'A', 'T']",
            '"T", "A", "A", "T"',
            "T,A,A,T",
            "T, A, A and T",
            "final strand = TAAT",
            "T\nA\nA\nT",
            "$T, A, A, T$",
            "\\text{TAAT}",
            "The final strand is T-A-A-T",
        ),
    ),
    (
        Q,
        "10, 10, 11",
        VAR,
        (
            "10, 10, 11",
            "a = 10, b = 10, c = 11",
            "a=10, b=10, c=11",
            "a: 10, b: 10, c: 11",
            "a is 10, b is 10 and c is 11",
            "At the end a is 10, b is 10 and c is 11.",
            "10, 10 and 11, respectively",
            "10 10 11",
            "c = 11, a = 10, b = 10",
            "a = 10\nb = 10\nc = 11",
            "(10, 10, 11)",
            "a, b, c = 10, 10, 11",
            "ten, ten, eleven",
            "10, 10, 11 (a, b, c)",
            "The values are 10, 10, 11",
            "The values of a, b and c are 10, 10 and 11.",
            "`a = 10`, `b = 10`, `c = 11`",
            "a=10; b=10; c=11",
        ),
    ),
    (
        Q,
        "8, 5, 2",
        STK,
        (
            "8, 5, 2",
            "8, 5, 2 (top last)",
            "[8, 5, 2]",
            "8 5 2",
            "Stack: 8, 5, 2",
            "It holds 8, 5, 2",
            "The stack holds 8, 5, 2, top last.",
            "It holds 8, 5 and 2, with 2 on top",
            "bottom to top: 8, 5, 2",
            "8, 5, 2 from bottom to top",
            "8, then 5, then 2",
            "the stack is [8, 5, 2] (bottom to top)",
            "8 -> 5 -> 2",
            "The stack (bottom to top) is 8, 5, 2",
        ),
    ),
    (
        Q,
        "Hal, Ben, Eve, Cal",
        LINE,
        (
            "Hal, Ben, Eve, Cal",
            "Hal, Ben, Eve, Cal (first to last)",
            "Hal, Ben, Eve, Cal, first to last",
            "Hal → Ben → Eve → Cal",
            "Hal, Ben, Eve and Cal",
            "Hal, then Ben, then Eve, then Cal",
            "first to last: Hal, Ben, Eve, Cal",
            "1. Hal\n2. Ben\n3. Eve\n4. Cal",
            "1. Hal, 2. Ben, 3. Eve, 4. Cal",
            "1) Hal 2) Ben 3) Eve 4) Cal",
            "The line is now Hal, Ben, Eve, Cal.",
            "The line is Hal, Ben, Eve, Cal from first to last",
            "Hal Ben Eve Cal",
            "Hal is first, then Ben, then Eve, and Cal is last",
            "Hal, followed by Ben, Eve and Cal",
            "Hal (front), Ben, Eve, Cal (end)",
            "Hal - Ben - Eve - Cal",
            "hal, ben, eve, cal",
            "Hal\nBen\nEve\nCal",
            "Hal, Ben, Eve, Cal.",
            "Hal, Ben, Eve, Cal. Hal went to the front.",
            "Hal > Ben > Eve > Cal",
            "In order: Hal, Ben, Eve, Cal",
            "first: Hal, second: Ben, third: Eve, fourth: Cal",
            "Hal first, Ben second, Eve third, Cal fourth",
            "So the line is: Hal, Ben, Eve, Cal",
        ),
    ),
    (
        S,
        "pin, pen",
        MOV,
        (
            "pin, pen",
            "pen, pin",
            "pin and pen",
            "the pin and the pen",
            "The bag holds the pin and the pen.",
            "The bag holds pin, pen",
            "The bag contains: pin, pen",
            "pin, pen (in that order)",
            "pin, pen.",
            "a pin and a pen",
            "pin, pen and nothing else",
            "only the pin and the pen",
            "- pin\n- pen",
            "{pin, pen}",
            "pin & pen",
            "The bag now holds the pen and the pin, because the ring was moved.",
            "It holds the pin and pen",
            "In the bag: pin, pen",
            "pin\npen",
            "Pin, Pen",
            "pin, pen are in the bag",
            "The pin and the pen are in the bag",
            "The pin and the pen.",
            "bag: pin, pen",
            "bag = {pin, pen}",
            "There are the pin and the pen in the bag",
            "It contains the pin and the pen",
            "the pin, the pen",
        ),
    ),
    (
        S,
        "map",
        MOV,
        (
            "map",
            "the map",
            "The bag holds the map.",
            "only the map",
            "map.",
            "a map",
            "just the map",
            "The map is in the bag",
            "It holds the map",
        ),
    ),
    (
        S,
        "70, 85",
        NUM,
        (
            "70, 85",
            "70 and 85",
            "85, 70",
            "{70, 85}",
            "70, 85 (two numbers)",
            "The numbers are 70 and 85.",
            "70, 85 are the numbers",
            "70 and 85 are the only ones",
            "There are two numbers: 70 and 85",
            "There are 2 numbers: 70, 85",
            "$\\{70, 85\\}$",
            "70\n85",
            "- 70\n- 85",
            "70; 85",
            "70 85",
            "1. 70\n2. 85",
            "70, 85, since 75 is a multiple of 3",
            "70, 85. These are all.",
            "seventy, eighty-five",
            "70,85",
            "The multiples of 5 from 65 to 106 that are left: 70, 85",
            "70 or 85",
            "70, 85, and no others",
            "The even numbers from 65 to 90 are:\n\n1. 70\n2. 85",
            "70, 85 (75 is out)",
            "They are 70 and 85",
            "**70**, **85**",
            "$70$ and $85$",
            "$70, 85$",
            "70, and 85",
        ),
    ),
    (S, "1240, 1360", NUM, ("1240, 1360", "1,240, 1,360", "1,240 and 1,360", "1240,1360")),
    (S, "120, 340", NUM, ("120,340", "120, 340")),
    (
        S,
        "3+5, 4+4",
        SUM,
        (
            "3+5, 4+4",
            "3 + 5, 4 + 4",
            "3 + 5 and 4 + 4",
            "3+5; 4+4",
            "4+4, 3+5",
            "3+5\n4+4",
            "- 3 + 5\n- 4 + 4",
            "There are two ways: 3+5 and 4+4",
            "$3+5, 4+4$",
            "{3+5, 4+4}",
            "The ways are 3+5, 4+4.",
        ),
    ),
    (
        S,
        "HK, KK",
        GEN,
        (
            "HK, KK",
            "HK and KK",
            "HK (50 %), KK (50 %)",
            "HK: 50 %, KK: 50 %",
            "HK (1/2), KK (1/2)",
            "KK, HK",
            "The child can have HK and KK",
            "The genotypes are HK and KK",
            "HK, KK (two genotypes)",
            "HK, KK in equal shares",
            "- HK\n- KK",
            "HK KK",
        ),
    ),
    (
        S,
        "CCC, CUC, UCC, UUC",
        COD,
        (
            "CCC, CUC, UCC, UUC",
            "CCC CUC UCC UUC",
            "CCC, CUC, UCC, and UUC.",
            "ccc, cuc, ucc, uuc",
            "CCC\nCUC\nUCC\nUUC",
            "There are four: CCC, CUC, UCC, UUC",
            "There are 4 codons: CCC, CUC, UCC, UUC",
            "CCC; CUC; UCC; UUC",
            '"CCC", "CUC", "UCC", "UUC"',
        ),
    ),
    (
        S,
        "Finn-Kim, Kim-Pia",
        TEAM,
        (
            "Finn-Kim, Kim-Pia",
            "Finn-Kim and Kim-Pia",
            "Finn–Kim, Kim–Pia",
            "Finn - Kim, Kim - Pia",
            "finn-kim, kim-pia",
            "The teams are Finn-Kim, Kim-Pia.",
            "1. Finn-Kim\n2. Kim-Pia",
            "Finn-Kim; Kim-Pia",
            "{Finn-Kim, Kim-Pia}",
            "Finn-Kim Kim-Pia",
        ),
    ),
    (
        S,
        "Monday, Sunday",
        SLOT,
        (
            "Monday, Sunday",
            "Monday and Sunday",
            "They can both come on Monday and Sunday.",
            "on Monday and Sunday",
            "On Mondays and Sundays",
            "Monday, Sunday (two days)",
            "The days are Monday and Sunday",
            "Both are free on Monday and Sunday",
            "Monday and Sunday are the common days",
            "Monday & Sunday",
            "They share Monday and Sunday",
            "Common days: Monday, Sunday",
            "Both have Monday and Sunday in common",
        ),
    ),
    (
        S,
        "Monday morning, Monday evening",
        SLOT2,
        (
            "Monday morning, Monday evening",
            "Monday morning and Monday evening",
            "They are free on Monday morning and Monday evening.",
            "Monday morning\nMonday evening",
        ),
    ),
    (
        S,
        "Moor-Bay-Hill, Moor-Shaw-Hill",
        ROUTE,
        (
            "Moor-Bay-Hill, Moor-Shaw-Hill",
            "Moor → Bay → Hill, Moor → Shaw → Hill",
            "Moor -> Bay -> Hill; Moor -> Shaw -> Hill",
            "- Moor-Bay-Hill\n- Moor-Shaw-Hill",
            "- Moor → Bay → Hill\n- Moor → Shaw → Hill",
            "Moor - Bay - Hill and Moor - Shaw - Hill",
            "Moor-Bay-Hill and Moor-Shaw-Hill are the routes",
        ),
    ),
    (
        S,
        "0-1, 1-2",
        PAIR,
        (
            "0-1, 1-2",
            "(0, 1), (1, 2)",
            "(0,1) and (1,2)",
            "0 - 1, 1 - 2",
            "0–1, 1–2",
            "{0-1, 1-2}",
            "[(0, 1), (1, 2)]",
            "The pairs are 0-1 and 1-2.",
        ),
    ),
    (
        S,
        "0-1",
        PAIR,
        ("0-1", "(0, 1)", "The pair 0-1", "only 0-1", "0-1 (one pair)", "The only pair is 0-1", "pair 0-1"),
    ),
    (
        S,
        "th, hh, ht",
        SUB,
        (
            "th, hh, ht",
            '"th", "hh", "ht"',
            "th hh ht",
            "'th', 'hh' and 'ht'",
            "The pieces are th, hh, ht",
            "`th`, `hh`, `ht`",
        ),
    ),
    (
        S,
        "none",
        NUM,
        (
            "none",
            "None",
            "no such number",
            "There are none.",
            "There is no such number",
            "no numbers",
            "nothing",
            "∅",
            "{}",
            "[]",
            "empty",
            "the empty set",
            "No number meets both conditions.",
            "\\emptyset",
            "There are no such numbers",
            "none of them",
            "The list is empty",
            "empty list",
            "\\{\\}",
            "The pot is empty",
            "It holds nothing",
        ),
    ),
    (M, "2, 2, 3", NUM, ("2, 2, 3", "3, 2, 2", "{2, 2, 3}", "2, 2 and 3", "2, 2, 3 (with multiplicity)")),
    (
        S,
        "2, 3",
        "Solve x^2 - 5x + 6 = 0.",
        (
            "2, 3",
            "x = 2 or x = 3",
            "x = 2, x = 3",
            "x = 2 and x = 3",
            "2 or 3",
            "$x = 2$ or $x = 3$",
            "x \\in \\{2, 3\\}",
            "{2,3}",
            "2 and 3 are the values wanted",
        ),
    ),
)

WRONG = (
    (
        Q,
        "1, 3",
        GRID,
        (
            "3, 1",
            "1, 3 are wrong; 2, 3",
            "x \\neq 1, 3",
            "x \u2260 1, 3",
            "1 and 3 is wrong",
            "1, 2",
            "1",
            "1, 3, 4",
            "x = 3, y = 1",
            "(1, 4)",
            "1, 3 or 1, 4",
            "not 1, 3",
            "31",
            "x = 1",
            "1, 3, ...",
            "1, -3",
            "1.3",
            "from 1 to 3",
        ),
    ),
    (
        Q,
        "3, 5",
        LEV,
        (
            "5, 3",
            "A: 5, B: 3",
            "B: 3, A: 5",
            "3",
            "3, 4",
            "A: 3",
            "3 or 5",
            "levels 3 to 5",
            "A is on level 5 and B is on level 3",
            "3, 5, 7",
        ),
    ),
    (
        Q,
        "5",
        LEV1,
        ("4", "level 4", "level 5 or 6", "not 5", "5, 6", "55", "level 4 of 5", "at least 5", "1 to 5", "-5"),
    ),
    (
        Q,
        "0, 1, 0, 0, 0, 1",
        CELL,
        ("0, 1, 0, 0, 0", "010000", "0100010", "1, 0, 1, 1, 1, 0", "0, 1, 0, 0, 0, 1, 0", "0, 1, 0, ..., 1"),
    ),
    (
        Q,
        "T, A, A, T",
        STR,
        ("TAA", "TAATT", "ATTA", "T, A, T, A", "T, A, A", "T, A, A, T, G", "TATA", "TAAT or TATA", "GTAAT"),
    ),
    (
        Q,
        "10, 10, 11",
        VAR,
        ("10, 11, 10", "101011", "10, 10", "a = 10, b = 11, c = 10", "10, 10, 12", "c = 10, b = 11, a = 10"),
    ),
    (
        Q,
        "Hal, Ben, Eve, Cal",
        LINE,
        (
            "Hal, Eve, Ben, Cal",
            "Cal, Eve, Ben, Hal",
            "Hal, Ben, Eve",
            "Hal, Ben, Eve, Cal, Dan",
            "Ben, Eve, Cal",
            "Hal, Ben, Eve, ...",
            "Hal, Ben, Eve or Cal",
            "first: Ben, second: Hal, third: Eve, fourth: Cal",
            "1. Ben\n2. Hal\n3. Eve\n4. Cal",
        ),
    ),
    (
        S,
        "pin, pen",
        MOV,
        (
            "pin",
            "pin, pen, map",
            "pin or pen",
            "pin, pen, ring",
            "pin, pen, card and map",
            "map, pen",
            "not pin, pen",
            "pin, pen, etc.",
            "pin, pen, ...",
            "no pin, no pen",
            "neither pin nor pen",
            "pin, penguin",
            "the pin, the pen and the map",
            "pins, pencils",
            "- pin\n- pen\n- map",
            "pin\npen\nmap",
            "pin, pen, pin",
            "The bag holds the pin, the pen and the ring.",
            "pin (and pen and map)",
            "the pin but not the pen",
        ),
    ),
    (
        S,
        "map",
        MOV,
        (
            "the map and the pen",
            "map, pen",
            "not the map",
            "nothing",
            "pin",
            "mapx",
            "The bag holds nothing",
            "map or pen",
            "road map",
        ),
    ),
    (
        S,
        "70, 85",
        NUM,
        (
            "70",
            "70, 80, 85",
            "70 to 85",
            "70-85",
            "70, 85, 100",
            "70, 85, ...",
            "70, 85, and so on",
            "none",
            "70, 86",
            "700, 85",
            "not 70, 85",
            "- 70\n- 85\n- 95",
            "70, 70, 85",
            "between 70 and 85",
            "70, 85, 85",
            "(70, 85, 90)",
            "70, 85 and 95",
            "70.85",
            "70, 85, etc.",
        ),
    ),
    (S, "1, 2, 3, 4, 5", NUM, ("1-5", "1 to 5", "1, ..., 5", "1, 2, 3, 4", "from 1 to 5")),
    (S, "3+5, 4+4", SUM, ("3+5", "3+5, 4+5", "8, 8", "3+5, 4+4, 2+6", "3*5, 4*4")),
    (S, "HK, KK", GEN, ("HK", "HH, HK, KK", "HK, HK", "HK or KK or HH", "KK")),
    (S, "CCC, CUC, UCC, UUC", COD, ("CCC, CUC, UCC", "CCC, CUC, UCC, UUU", "CCC, CUC, UCC, UUC, UUU", "CCC")),
    (
        S,
        "Finn-Kim, Kim-Pia",
        TEAM,
        ("Finn-Kim", "Finn-Pia, Kim-Pia", "Finn, Kim, Pia", "Finn-Kim, Kim-Pia, Finn-Pia", "Finn-Kim-Pia"),
    ),
    (
        S,
        "Monday, Sunday",
        SLOT,
        (
            "Monday",
            "Monday to Sunday",
            "Monday, Tuesday, Sunday",
            "Monday or Sunday",
            "not Monday, Sunday",
            "Monday - Sunday",
            "Sunday",
            "every day",
        ),
    ),
    (
        S,
        "Moor-Bay-Hill, Moor-Shaw-Hill",
        ROUTE,
        (
            "Moor-Bay-Hill",
            "Hill-Bay-Moor, Hill-Shaw-Moor",
            "Moor → Hill, Moor → Shaw → Hill",
            "Moor-Bay-Hill, Moor-Shaw-Hill, Moor-Hill",
        ),
    ),
    (S, "0-1, 1-2", PAIR, ("0-1", "1-0, 2-1", "0-2, 1-2", "(0, 1)", "(0, 1), (1, 3)")),
    (S, "none", NUM, ("70", "70, 85", "none, 70", "no idea what, 70")),
    (M, "2, 2, 3", NUM, ("2, 3", "2, 2, 2, 3", "2, 3, 3", "2, 2, 3, 3")),
    (S, "2, 3", "Solve", ("2", "x = 2", "x = 2 or x = 4", "-2, -3", "2, 3, 4", "2.3", "x > 2, x > 3")),
    (S, "pen, pin", MOV, ("I do not know", "It depends on the moves that Ann makes with the pin")),
)

word = st.text("bcdefghijklm", min_size=1, max_size=7)
element = st.one_of(word, st.integers(-999, 999).map(str))


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@given(st.lists(element, min_size=1, max_size=6), st.lists(element, min_size=1, max_size=6), st.randoms())
def test_lists_against_python(expected, found, random):
    answer, text = ", ".join(expected), ", ".join(found)
    assert right(AnswerType.SEQUENCE, answer, text) == (expected == found)
    assert right(AnswerType.MULTISET, answer, text) == (sorted(expected) == sorted(found))
    assert right(AnswerType.SET, answer, text) == (len(set(found)) == len(found) and set(expected) == set(found))
    mixed = random.sample(expected, len(expected))
    assert right(AnswerType.MULTISET, answer, "; ".join(mixed))
    assert right(AnswerType.SET, answer, "{" + ", ".join(mixed) + "}") == (len(set(expected)) == len(expected))


@pytest.mark.parametrize("answer", ["1+3, 2+2", "0-1, 1-2", "Ash-Bay-Elm, Ash-Elm", "linux-arm", "0-2-1"])
def test_blanks_around_what_joins_an_element_make_no_difference(answer):
    for form in (answer, answer.replace("+", " + ").replace("-", " - "), answer.replace("-", " \u2013 ")):
        assert right(AnswerType.SET, answer, form)
        assert right(AnswerType.SEQUENCE, answer, form)
        assert not right(AnswerType.SET, answer, form[:-1] + "7")


def test_list_notations():
    assert right(AnswerType.SEQUENCE, "2, 1, 4", "2 1 4")
    assert right(AnswerType.SEQUENCE, "2, 1, 4", "2.0, 01, 4")
    assert right(AnswerType.SEQUENCE, "5, 6", "a = 5, b = 6")
    assert not right(AnswerType.SEQUENCE, "a = 5, b = 6", "a = 6, b = 5")
    assert not right(AnswerType.SEQUENCE, "New York, Rome", "New York Rome")
    assert right(AnswerType.SET, "none", "[]")
    assert right(AnswerType.SET, "none", "none")
    assert not right(AnswerType.SET, "none", "3")
    assert not right(AnswerType.SET, "1/2", "0.25")
    assert right(AnswerType.SET, "1/2", "0.5")


@pytest.mark.parametrize(("answer_type", "answer", "question", "texts"), RIGHT, ids=lambda value: str(value)[:24])
def test_a_list_is_right_in_the_forms_in_which_people_write_it(answer_type, answer, question, texts):
    for prompt in (question, ""):
        key = AnswerKey(answer_type, answer, (), None, prompt)
        assert not [text for text in texts if not is_right(key, text)]


@pytest.mark.parametrize(("answer_type", "answer", "question", "texts"), WRONG, ids=lambda value: str(value)[:24])
def test_other_open_and_hedged_lists_are_not(answer_type, answer, question, texts):
    for prompt in (question, ""):
        key = AnswerKey(answer_type, answer, (), None, prompt)
        assert not [text for text in texts if is_right(key, text)]


LETTERS, FACTORS = (
    "Which letters does the word have, each as often as it occurs?",
    "Give the prime factors of the number.",
)
ROOTS = "Find all x with x^2 = 9."


@pytest.mark.parametrize(
    ("answer_type", "answer", "question", "text", "expected"),
    [
        (AnswerType.MULTISET, "O, T, T", LETTERS, "T twice, O once", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "O: 1, T: 2", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "2 T's and 1 O", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "T \u00d7 2, O \u00d7 1", True),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "O: 2, T: 1", False),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "T three times, O once", False),
        (AnswerType.MULTISET, "O, T, T", LETTERS, "O and T", False),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 \u00d7 3 \u00d7 5", True),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "45 = 3 * 3 * 5", True),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 (twice) and 5 (once)", True),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 * 5", False),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "9 * 5", False),
        (AnswerType.MULTISET, "3, 3, 5", FACTORS, "3 and 5, where 5 occurs twice", False),
        (S, "-3, 3", ROOTS, "x = \u00b13", True),
        (S, "-3, 3", ROOTS, "\\pm 3", True),
        (S, "-3, 3", ROOTS, "\\pm 9", False),
        (S, "-3, 3", ROOTS, "3 \\pm 3", False),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "2 < 5 < 9", True),
        (Q, "9, 5, 2", "Sort 9, 2, 5 downwards.", "9 > 5 > 2", True),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "9 > 5 > 2", False),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "2 < 9", False),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "Les nombres sont 2, 5 et 9.", True),
        (Q, "2, 5, 9", "Sort 9, 2, 5.", "Les nombres sont 2 et 9.", False),
    ],
)
def test_counts_products_signs_and_chains_stand_for_lists(answer_type, answer, question, text, expected):
    assert is_right(AnswerKey(answer_type, answer, (), None, question), text) is expected


def test_a_count_of_the_question_is_not_an_answer_until_it_is_stated_as_one():
    key = AnswerKey(
        AnswerType.MULTISET, "red, red, tan", (), None, "A bag has two red balls and one tan ball. List them."
    )
    repeated = "The bag has two red balls and one tan ball."
    assert not read(Statement(repeated, "last_line", False), key).right
    assert is_right(key, "2 red and 1 tan")


def test_labels_are_put_in_the_order_of_the_question():
    key = AnswerKey(Q, "1, 3", (), None, "Start at 4, 4 and go left. Where are you? Give row, then column.")
    assert is_right(key, "column = 3, row = 1")
    assert not is_right(key, "column = 1, row = 3")


@pytest.mark.parametrize(
    ("text", "rule", "found"),
    [
        ("3. 20", "last_line", False),
        ("These remain:\n1. 16\n2. 18\n3. 20", "text", True),
        ("We had [1, 2] and end with [16, 18, 20].", "text", True),
        ("The numbers are 16, 18 and 20.", "last_line", True),
        ("I hope this helps.", "last_line", False),
    ],
)
def test_without_a_mark_the_last_list_is_read(text, rule, found):
    assert read(Statement(text, rule, False), AnswerKey(S, "16, 18, 20")).right is found


@given(st.lists(st.integers(2, 30), min_size=2, max_size=6, unique=True))
def test_long_elements_without_spaces_may_stand_on_lines_of_their_own(lengths):
    """A path of many places is one element however long it is, so its line belongs to the list."""
    routes = ["-".join(["Ash", "Bay", "Cove", "Dale"][place % 4] for place in range(size)) for size in lengths]
    key = AnswerKey(S, ", ".join(routes))
    assert is_right(key, "\n" + "\n".join(routes))
    assert not is_right(key, "\n" + "\n".join([*routes, "zebra"]))


STACK = "A stack holds, from bottom to top, 4, 7, 9. Run swap. Give the final stack from bottom to top."


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("From bottom to top the stack holds 4 9 7.", True),
        ("From top to bottom the stack holds 7 9 4.", True),
        ("From top to bottom the stack holds 4 9 7.", False),
        ("The stack, top first: 4, 9, 7", False),
        ("First it holds 4, 9, 7. Then it holds 4, 7, 9.", False),
        ("First it holds 4, 7, 9. Then it holds 4, 9, 7.", True),
    ],
)
def test_a_list_in_the_opposite_order_is_turned(text, correct):
    key = AnswerKey(Q, "4, 9, 7", (), None, STACK)
    assert (judge_answer(key, text)[0] is Verdict.CORRECT) == correct


def test_groups_may_be_written_one_per_line():
    key = AnswerKey(S, "Ana-Bo, Ana-Cy", (), None, "Which pairs of Ana, Bo and Cy are possible?")
    assert judge_answer(key, "1. Ana, Bo\n2. Ana, Cy")[0] is Verdict.CORRECT
    assert judge_answer(key, "1. Ana, Bo\n2. Bo, Cy")[0] is not Verdict.CORRECT


def test_slots_may_be_written_with_their_day_as_a_label():
    key = AnswerKey(S, "Monday noon, Friday night", (), None, "Which slots are free?")
    assert judge_answer(key, "Monday: noon\nFriday: night")[0] is Verdict.CORRECT
    assert judge_answer(key, "Monday: night\nFriday: noon")[0] is not Verdict.CORRECT
