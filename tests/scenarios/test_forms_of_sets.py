"""Sets and multisets as an answer line, in the forms in which people write them."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right

S, M = AnswerType.SET, AnswerType.MULTISET
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
    (S, "pin, pen", MOV, (
        "pin, pen", "The bag holds the pin and the pen.", "The bag contains: pin, pen", "pin, pen (in that order)",
        "pin, pen and nothing else", "only the pin and the pen", "- pin\n- pen", "{pin, pen}",
        "The bag now holds the pen and the pin, because the ring was moved.", "pin\npen",
        "pin, pen are in the bag", "The pin and the pen are in the bag",
        "There are the pin and the pen in the bag",
    )),
    (S, "map", MOV, (
        "map", "The bag holds the map.", "only the map", "The map is in the bag",
    )),
    (S, "70, 85", NUM, (
        "70, 85", "{70, 85}", "70, 85 (two numbers)", "The numbers are 70 and 85.", "70, 85 are the numbers",
        "There are two numbers: 70 and 85", "70\n85", "- 70\n- 85", "70 85", "70, 85, since 75 is a multiple of 3",
        "70, 85. These are all.", "seventy, eighty-five", "70,85", "70, 85, and no others",
        "The even numbers from 65 to 90 are:\n\n1. 70\n2. 85", "**70**, **85**", "$70$ and $85$",
    )),
    (S, "1240, 1360", NUM, (
        "1240, 1360", "1,240, 1,360", "1240,1360",
    )),
    (S, "120, 340", NUM, (
        "120,340", "120, 340",
    )),
    (S, "3+5, 4+4", SUM, (
        "3+5, 4+4", "3+5\n4+4", "- 3 + 5\n- 4 + 4", "There are two ways: 3+5 and 4+4", "$3+5, 4+4$", "{3+5, 4+4}",
        "The ways are 3+5, 4+4.",
    )),
    (S, "HK, KK", GEN, (
        "HK, KK", "HK (50 %), KK (50 %)", "HK: 50 %, KK: 50 %", "The child can have HK and KK",
        "HK, KK in equal shares", "- HK\n- KK", "HK KK",
    )),
    (S, "CCC, CUC, UCC, UUC", COD, (
        "CCC, CUC, UCC, UUC", "CCC CUC UCC UUC", "CCC\nCUC\nUCC\nUUC", "There are four: CCC, CUC, UCC, UUC",
        '"CCC", "CUC", "UCC", "UUC"',
    )),
    (S, "Finn-Kim, Kim-Pia", TEAM, (
        "Finn-Kim, Kim-Pia", "Finn–Kim, Kim–Pia", "The teams are Finn-Kim, Kim-Pia.", "1. Finn-Kim\n2. Kim-Pia",
        "{Finn-Kim, Kim-Pia}", "Finn-Kim Kim-Pia",
    )),
    (S, "Monday, Sunday", SLOT, (
        "Monday, Sunday", "They can both come on Monday and Sunday.", "on Monday and Sunday",
        "On Mondays and Sundays", "Monday, Sunday (two days)", "The days are Monday and Sunday",
        "Both are free on Monday and Sunday", "Monday and Sunday are the common days",
        "They share Monday and Sunday", "Common days: Monday, Sunday", "Both have Monday and Sunday in common",
    )),
    (S, "Monday morning, Monday evening", SLOT2, (
        "Monday morning, Monday evening", "They are free on Monday morning and Monday evening.",
        "Monday morning\nMonday evening",
    )),
    (S, "Moor-Bay-Hill, Moor-Shaw-Hill", ROUTE, (
        "Moor-Bay-Hill, Moor-Shaw-Hill", "Moor → Bay → Hill, Moor → Shaw → Hill",
        "Moor -> Bay -> Hill; Moor -> Shaw -> Hill", "- Moor-Bay-Hill\n- Moor-Shaw-Hill",
        "- Moor → Bay → Hill\n- Moor → Shaw → Hill", "Moor-Bay-Hill and Moor-Shaw-Hill are the routes",
    )),
    (S, "0-1, 1-2", PAIR, (
        "0-1, 1-2", "(0, 1), (1, 2)", "0–1, 1–2", "{0-1, 1-2}", "[(0, 1), (1, 2)]", "The pairs are 0-1 and 1-2.",
    )),
    (S, "0-1", PAIR, (
        "0-1", "(0, 1)", "The pair 0-1", "only 0-1", "0-1 (one pair)", "The only pair is 0-1",
    )),
    (S, "th, hh, ht", SUB, (
        "th, hh, ht", '"th", "hh", "ht"', "th hh ht", "The pieces are th, hh, ht",
    )),
    (S, "none", NUM, (
        "none", "no such number", "∅", "{}", "[]", "\\emptyset",
    )),
    (M, "2, 2, 3", NUM, (
        "2, 2, 3", "{2, 2, 3}", "2, 2, 3 (with multiplicity)",
    )),
    (S, "2, 3", "Solve x^2 - 5x + 6 = 0.", (
        "2, 3", "x = 2 or x = 3", "x = 2 and x = 3", "$x = 2$ or $x = 3$", "x \\in \\{2, 3\\}", "{2,3}",
        "2 and 3 are the values wanted",
    )),
)  # fmt: skip

WRONG = (
    (S, "pin, pen", MOV, (
        "pin", "pin, pen, map", "pin or pen", "map, pen", "not pin, pen", "pin, pen, etc.", "no pin, no pen",
        "neither pin nor pen", "pin, penguin", "pins, pencils", "- pin\n- pen\n- map", "pin\npen\nmap",
        "pin, pen, pin", "The bag holds the pin, the pen and the ring.", "pin (and pen and map)",
        "the pin but not the pen",
    )),
    (S, "map", MOV, (
        "the map and the pen", "not the map", "nothing", "pin", "mapx", "The bag holds nothing", "map or pen",
        "road map",
    )),
    (S, "70, 85", NUM, (
        "70", "70, 80, 85", "70 to 85", "70-85", "70, 85, ...", "none", "not 70, 85", "- 70\n- 85\n- 95",
        "70, 70, 85", "between 70 and 85", "(70, 85, 90)", "70.85",
    )),
    (S, "1, 2, 3, 4, 5", NUM, (
        "1-5", "1 to 5", "1, ..., 5", "1, 2, 3, 4", "from 1 to 5",
    )),
    (S, "3+5, 4+4", SUM, (
        "3+5", "3+5, 4+5", "8, 8", "3*5, 4*4",
    )),
    (S, "HK, KK", GEN, (
        "HK", "HH, HK, KK", "HK, HK", "HK or KK or HH",
    )),
    (S, "CCC, CUC, UCC, UUC", COD, (
        "CCC, CUC, UCC", "CCC, CUC, UCC, UUU", "CCC",
    )),
    (S, "Finn-Kim, Kim-Pia", TEAM, (
        "Finn-Kim", "Finn-Pia, Kim-Pia", "Finn, Kim, Pia", "Finn-Kim, Kim-Pia, Finn-Pia", "Finn-Kim-Pia",
    )),
    (S, "Monday, Sunday", SLOT, (
        "Monday", "Monday to Sunday", "Monday, Tuesday, Sunday", "Monday or Sunday", "not Monday, Sunday",
        "Monday - Sunday", "every day",
    )),
    (S, "Moor-Bay-Hill, Moor-Shaw-Hill", ROUTE, (
        "Moor-Bay-Hill", "Hill-Bay-Moor, Hill-Shaw-Moor", "Moor → Hill, Moor → Shaw → Hill",
        "Moor-Bay-Hill, Moor-Shaw-Hill, Moor-Hill",
    )),
    (S, "0-1, 1-2", PAIR, (
        "0-1", "1-0, 2-1", "0-2, 1-2", "(0, 1)", "(0, 1), (1, 3)",
    )),
    (S, "none", NUM, (
        "70", "70, 85", "no idea what, 70",
    )),
    (M, "2, 2, 3", NUM, (
        "2, 3",
    )),
    (S, "2, 3", "Solve", (
        "2", "x = 2", "x = 2 or x = 4", "-2, -3", "2, 3, 4", "2.3", "x > 2, x > 3",
    )),
    (S, "pen, pin", MOV, (
        "I do not know", "It depends on the moves that Ann makes with the pin",
    )),
)  # fmt: skip


@pytest.mark.parametrize(("answer_type", "answer", "question", "texts"), RIGHT, ids=lambda value: str(value)[:24])
def test_sets_are_right_in_the_forms_in_which_people_write_them(answer_type, answer, question, texts):
    for prompt in (question, ""):
        key = AnswerKey(answer_type, answer, (), None, prompt)
        assert [text for text in texts if not is_right(key, text)] == []


@pytest.mark.parametrize(("answer_type", "answer", "question", "texts"), WRONG, ids=lambda value: str(value)[:24])
def test_other_open_and_hedged_sets_are_not(answer_type, answer, question, texts):
    for prompt in (question, ""):
        key = AnswerKey(answer_type, answer, (), None, prompt)
        assert [text for text in texts if is_right(key, text)] == []
