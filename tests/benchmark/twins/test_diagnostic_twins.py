"""Checks with an unreadable number: the first wrong steps of two restored ones differ."""

from skillprobe_core.benchmark.twins import diagnostic_twins as twins
from tests.benchmark.kinds.diagnostic import test_arithmetic_chain as chain
from tests.benchmark.kinds.diagnostic import test_law_application as law
from tests.benchmark.kinds.diagnostic import test_unbalanced_equation as equation


def wrong_step(prompt):
    return str(chain.first_error(chain.steps_of(prompt)))


def wrong_application(prompt):
    return str(law.first_error(*law.read(prompt)))


def wrong_equation(prompt):
    equations = equation.equations_of(prompt)
    wrong = [number for number, left, right in equations if equation.atoms(left) != equation.atoms(right)]
    return wrong[0] if wrong else "0"


def test_a_chain_whose_first_step_cannot_be_read(proved):
    """Items whose first step is wrong have no twin: another number makes it right or wrong, but not which one."""
    assert proved(twins.ARITHMETIC_CHAIN, wrong_step) > 0.6


def test_a_law_applied_to_a_value_that_is_not_given(proved):
    assert proved(twins.LAW_APPLICATION, wrong_application) > 0.6


def test_an_equation_with_an_unreadable_coefficient(proved):
    assert proved(twins.UNBALANCED_EQUATION, wrong_equation) > 0.5
