"""Formulas, compared in a process that can be killed."""

import time
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Item, Skill, Split
from skillprobe_core.benchmark.judging import symbolic
from skillprobe_core.benchmark.judging.algebra_worker import MEMORY_BYTES
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker

pytest.importorskip("math_verify", reason="the extra `math` is not installed")

# A tower of powers that sympy tries to write out.
HANGS = "9^{9^{9^{9}}}"


@pytest.fixture(scope="module")
def checker():
    with SymbolicChecker() as opened:
        yield opened


def item(answer):
    return Item(
        "id", "math500", 1, Skill.CALCULATION, Domain.MATH, 5, Split.EVALUATION, "math500/plain", "?", answer,
        AnswerType.EXPRESSION, f"Answer: {answer}", 0.0, "math500",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "completion", "verdict"),
    [
        ("11\\sqrt{2}", "So it is $\\boxed{\\sqrt{242}}$.", Verdict.CORRECT),
        ("\\left( 3, \\frac{\\pi}{2} \\right)", "Answer: $(3, \\pi/2)$", Verdict.CORRECT),
        ("p-q", "Answer: -q + p", Verdict.CORRECT),
        ("p-q", "Answer: q - p", Verdict.WRONG),
        ("6-5i", "The answer is $6 + 5i$.", Verdict.WRONG),
        ("x^2-1", "\\boxed{(x-1)(x+1)}", Verdict.CORRECT),
        ("\\sqrt{51}", "Answer: 7.14", Verdict.WRONG),
        ("x", "", Verdict.UNPARSED),
        ("\\frac{3}{5}\\pi", "\\boxed{}", Verdict.UNPARSED),
    ],
)
def test_formulas_are_equal_by_value(checker, answer, completion, verdict):
    assert judge(item(answer), completion, symbolic=checker).verdict is verdict


def test_a_question_that_hangs_is_a_timeout_and_the_next_one_is_answered():
    with SymbolicChecker(seconds=1.0) as checker:
        assert judge(item("1"), f"\\boxed{{{HANGS}}}", symbolic=checker).verdict is Verdict.TIMEOUT
        assert checker._worker is None, "the worker that hung is still there"
        checker.seconds = 60.0
        assert judge(item("2x"), "Answer: x + x", symbolic=checker).verdict is Verdict.CORRECT
        worker = checker._worker
    assert worker.poll() is not None


def test_all_questions_of_a_table_have_a_time_limit_together(capsys):
    with SymbolicChecker(seconds=0.2, table_seconds=0.3) as checker:
        while checker._used < checker.table_seconds:
            assert checker.equal("1", HANGS) is None
        assert "timeout" in capsys.readouterr().err
        assert checker.equal("2x", "x + x") is None
        assert checker._worker is None, "no worker is started for what is not decided"
        assert judge(item("2x"), "Answer: 2x", symbolic=checker).verdict is Verdict.CORRECT
        assert capsys.readouterr().err == "", "the note is printed once"


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="limits of other processes are read from /proc")
def test_the_worker_has_limits_of_memory_and_processor_time(checker):
    assert checker.equal("2x", "x + x")
    text = Path(f"/proc/{checker._worker.pid}/limits").read_text()
    limits = {line[:26].strip(): line[26:].split()[:2] for line in text.splitlines()}
    assert limits["Max address space"] == [str(MEMORY_BYTES)] * 2
    assert limits["Max cpu time"] == [str(int(checker.table_seconds) + 120)] * 2


def test_a_worker_that_dies_is_replaced(checker):
    assert checker.equal("2x", "x + x")
    checker._worker.kill()
    checker._worker.wait()
    deadline = time.monotonic() + 30
    while checker.equal("2x", "x + x") is None:
        assert time.monotonic() < deadline
    assert checker.equal("2x", "3x") is False


def test_without_the_extra_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(symbolic, "find_spec", lambda name: None)
    with pytest.raises(symbolic.SettingsError, match=r"skillprobe\[math\]"):
        judge(item("p-q"), "Answer: q - p")
