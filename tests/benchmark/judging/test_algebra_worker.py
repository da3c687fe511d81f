"""The worker answers each request with a truth value and survives what it cannot read."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("math_verify", reason="the extra `math` is not installed")

from skillprobe_core.benchmark.judging.algebra_worker import equal, parsed, serve


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    ("answer", "found", "same"),
    [
        ("x^2 - 1", "(x - 1)(x + 1)", True),
        ("x^2 - 1", "$x^2-1$", True),
        ("x^2 - 1", "x^2 + 1", False),
        (r"\frac{1}{2}", "0.5", True),
        ("x", "", False),
        ("0.125", r"\frac{1}{8}", True),
        ("i(3-i)", "1+3i", True),
        (r"\frac{1}{2004!}", r"\frac{1}{2006!}", False),
        (r"\sqrt{2}", "1.4142135623730951", False),
    ],
)
def test_formulas_are_equal_if_algebra_says_so(answer: str, found: str, same: bool) -> None:
    assert equal(answer, found) is same


@pytest.mark.parametrize(
    "formula",
    [r"1 - \frac{1}{\mathrm{e}}", "3√2", "-1 + sqrt(3)", r"5 + \foo{3}", "5 +", "5 @ 3", "1, 2, ...", "", "$"],
)
def test_a_formula_that_is_read_in_part_is_not_read(formula: str) -> None:
    assert parsed(formula) is None
    assert not equal(formula, formula)


@pytest.mark.usefixtures("_logging_as_before")
def test_one_line_is_answered_by_one_line_after_the_worker_is_ready() -> None:
    asked = [("x + x", "2x"), ("x", r"\frac{"), ("y", "y")]
    replies = io.StringIO()
    serve(io.StringIO("".join(json.dumps(pair) + "\n" for pair in asked)), replies)
    ready, *answers = map(json.loads, replies.getvalue().splitlines())
    assert ready == "ready"
    assert answers == [True, False, True]


@pytest.mark.slow
def test_a_question_that_needs_too_much_memory_is_not_decided_and_the_next_one_is() -> None:
    pytest.importorskip("resource", reason="this system has no limits of resources")
    program = (
        "import sys; from skillprobe_core.benchmark.judging.algebra_worker import limit, serve; "
        "limit(100 * 1024**2, 60); serve(sys.stdin, sys.stdout)"
    )
    asked = [("1", "2^{10^{10}}"), ("2x", "x + x")]
    typed = "".join(json.dumps(pair) + "\n" for pair in asked)
    done = subprocess.run([sys.executable, "-c", program], input=typed, capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == ["ready", None, True]
