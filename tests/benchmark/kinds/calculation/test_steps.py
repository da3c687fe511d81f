"""Every equation in every worked solution of calculation is true."""

import re
from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import Skill
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.kinds.calculation.steps import column_addition, looks, product

# A quotient that is written with two decimals, and no other step, may be rounded.
ROUNDED = {"dilution": Fraction(1, 200)}


def value(text, x):
    exact = re.sub(r"\d+\.\d+|\d+", lambda number: f"F('{number[0]}')", text)
    return eval(exact, {"F": Fraction, "x": x})


CALCULATION = [kind for kind in KINDS if kind.skill is Skill.CALCULATION]


@pytest.mark.parametrize("kind", CALCULATION, ids=lambda kind: kind.name)
def test_equations_hold(kind, drawn):
    for item in drawn(kind):
        checked = 0
        for line in item.reference.splitlines()[:-1]:
            if line.startswith("about "):
                assert line == f"about {item.answer}"
                continue
            unknown = Fraction(item.answer) if "x" in line else None
            sides = [value(side, unknown) for side in re.sub(r" write.*", "", line).split("=")]
            assert max(sides) - min(sides) <= ROUNDED.get(kind.name, 0), line
            checked += len(sides) > 1
        assert checked, "a worked solution has at least one equation"


@pytest.mark.parametrize(("a", "b"), [(0, 0), (7, 8), (12, 30), (305, 207), (99, 99), (1, 1000), (12, 0)])
def test_product_ends_in_the_product(a, b):
    assert product(a, b)[-1].endswith(f"={a * b}")


def test_columns_of_unequal_length():
    assert column_addition([999, 1]) == ["9+1=10 write 0 carry 1", "9+1=10 write 0 carry 1", "9+1=10"]
    assert column_addition([5]) == ["5"]


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("408+7=415", 3),
        ("12-7=5", 2),
        ("123*45=5535", 6),
        ("123*40=4920", 3),
        ("12*(-7)=-84", 2),
        ("97//6=16", 4),
        ("7//9=0", 2),
        ("5/8=0.63", 6),
        ("50*30/100=15", 2),
        ("45*16+7=727", 7),
        ("7", 0),
    ],
)
def test_looks_are_columns_and_products_of_digits(line, count):
    assert looks([line]) == count
    assert looks([line, line]) == 2 * count
