"""Every scheme makes the requested number of steps; `test_flawed_argument.py` tests which of them follow."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.kinds.diagnostic.argument_schemes import cases, divisibility, inequality


@pytest.mark.parametrize("scheme", [cases, divisibility, inequality])
@given(data=st.data())
def test_an_argument_has_its_steps_and_a_reason_exactly_if_it_is_flawed(scheme, data):
    level = data.draw(st.integers(1, 5))
    count = data.draw(st.integers(2, 9))
    error = data.draw(st.integers(0, count))
    argument = scheme(level, count, error, random.Random(data.draw(st.integers(0, 2**32))))
    assert len(argument.steps) == count
    assert bool(argument.flaw) == (error > 0)
    assert not any("." in step for step in argument.steps)
