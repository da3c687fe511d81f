import random
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.kinds.diagnostic import equation_ladder
from skillprobe_core.benchmark.kinds.diagnostic.equation_ladder import Term


def difference(line, x):
    """The left side minus the right side, from the equation as it is written."""
    left, right = (re.sub(r"(\d)([x(])", r"\1*\2", side) for side in equation_ladder.text(line).split(" = "))
    return eval(f"({left}) - ({right})", {}, {"x": x})


@given(st.integers(1, 6), st.integers(0, 2**32))
def test_every_line_has_the_root_and_only_one_with_a_slip_has_not(brackets, seed):
    rng = random.Random(seed)
    lines = equation_ladder.solution(brackets, rng)
    root = int(equation_ladder.text(lines[-1]).removeprefix("x = "))
    assert all(difference(line, root) == 0 != difference(line, root + 1) for line in lines)
    assert len({equation_ladder.text(line) for line in lines}) == len(lines)
    for before, line in pairwise(lines):
        assert difference(equation_ladder.slip(line, before, rng), root) != 0


@pytest.mark.parametrize(
    ("term", "text"),
    [(Term(-3, 2, 5), "- 3(2x + 5)"), (Term(4, 1, -1), "+ 4(x - 1)"), (Term(1, -1, 0), "- x"), (Term(1, 0, 7), "+ 7")],
)
def test_terms_are_written_with_their_sign(term, text):
    assert term.text() == text
