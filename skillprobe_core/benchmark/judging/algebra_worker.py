"""The worker's side of symbolic checking: one JSON pair of formulas per line in, one JSON truth value per line out.

Run as `python -m skillprobe_core.benchmark.judging.algebra_worker [SECONDS]`. The process that started it
(`symbolic.py`) kills it when a question takes too long. It limits its own memory, and its processor time to SECONDS, so
that it also ends if that process was killed. A question that needs more memory is answered by null.

math-verify reads as much of a formula as it can, and compares numbers with few digits. So a formula of which it read
only a part is never equal to anything, and numbers must also agree in fifty digits.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from sympy import Expr

MEMORY_BYTES = 1024**3
"""Largest address space of the worker."""

_IGNORED = re.compile(r"\\(?:left|right|displaystyle|quad|qquad|text|,|;|!|:)|[\\\s{}.,]|and")
_UNREADABLE = re.compile(r"[^\x20-\x7e]|\.\.\.|@|^\s*[*/^]|[-+*/^=]\s*$")
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_COMMANDS = frozenset((
    "frac", "sqrt", "pi", "sin", "cos", "tan", "cot", "sec", "csc", "ln", "log", "exp", "arcsin", "arccos", "arctan",
    "sinh", "cosh", "tanh", "infty", "cup", "cap", "in", "le", "ge", "ne", "lt", "gt", "pm", "mp", "binom", "lfloor",
    "rfloor", "lceil", "rceil", "begin", "end", "cdot", "times", "div", "emptyset", "varnothing", "setminus", "circ",
    "overline", "mathbb", "text", "quad", "qquad", "left", "right", "sum", "prod", "int", "lim", "to", "gcd", "max",
    "min", "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega",
))  # fmt: skip
_DECIMAL = re.compile(r"(?<![\d.])(\d{0,40})\.(\d{1,40})(?![\d.])")
_DIGITS = 50


def equal(answer: str, found: str) -> bool:
    """True if two formulas are equal; False for formulas that cannot be read completely."""
    right, given = parsed(answer), parsed(found)
    if right is None or given is None:
        return False
    if _verified(right, given):
        return not _differ(right[0], given[0])
    imaginary = [_with_imaginary_unit(each) for each in (right, given)]
    return imaginary[0] is not None and imaginary[1] is not None and _equal_values(imaginary[0], imaginary[1])


def parsed(formula: str) -> list[Any] | None:
    """The formula as math-verify reads it; None if it does not read all of it."""
    from math_verify import parse

    text = _DECIMAL.sub(_as_fraction, formula.replace("$", " ").strip())
    if not text or _UNREADABLE.search(text) or not _COMMANDS.issuperset(_COMMAND.findall(text)):
        return None
    result: list[Any] = parse(f"${text}$", parsing_timeout=0)
    if len(result) < 2 or isinstance(result[0], str):
        return None
    if _IGNORED.sub("", str(result[-1])) != _IGNORED.sub("", text):
        return None
    return result


def _as_fraction(match: re.Match[str]) -> str:
    """A decimal as a fraction, which math-verify makes of it anyway."""
    return f"\\frac{{{int(match[1] + match[2])}}}{{{10 ** len(match[2])}}}"


def _verified(right: list[Any], given: list[Any]) -> bool:
    from math_verify import verify

    return bool(verify(right, given, timeout_seconds=0))


def _differ(right: object, given: object) -> bool:
    """True if two numbers differ within fifty digits; False for anything else."""
    from sympy import Expr

    if not (isinstance(right, Expr) and isinstance(given, Expr)) or right.free_symbols or given.free_symbols:
        return False
    one, other = right.evalf(_DIGITS), given.evalf(_DIGITS)
    return bool(abs(one - other) > abs(one) * 10.0 ** (8 - _DIGITS))


def _with_imaginary_unit(formula: list[Any]) -> Expr | None:
    """The formula with i as the imaginary unit; None if it has no value."""
    from sympy import Expr, I

    if not isinstance(formula[0], Expr):
        return None
    return formula[0].subs({symbol: I for symbol in formula[0].free_symbols if symbol.name == "i"})


def _equal_values(right: Expr, given: Expr) -> bool:
    from sympy import expand, simplify

    difference = right - given
    return bool(expand(difference) == 0 or simplify(difference) == 0)


def serve(requests: TextIO, replies: TextIO) -> None:
    """Answer requests until the stream ends; the first line says that the worker is ready."""
    logging.disable(logging.CRITICAL)
    equal("x + 1", "1 + x")  # imports and grammars take seconds, which must not count for the first question
    print(json.dumps("ready"), file=replies, flush=True)
    for line in requests:
        answer, found = json.loads(line)
        verdict: bool | None
        try:
            verdict = equal(answer, found)
        except MemoryError:
            verdict = None
        except Exception:
            verdict = False
        print(json.dumps(verdict), file=replies, flush=True)


def limit(memory_bytes: int, seconds: int | None) -> None:
    """Limit this process's memory and processor time where the system can; it stays as it is elsewhere.

    Args:
        memory_bytes: Largest address space.
        seconds: Longest processor time, or None.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = [(resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, seconds)]
    for kind, most in wanted:
        hard = resource.getrlimit(kind)[1]
        if most is not None and (hard == resource.RLIM_INFINITY or most < hard):
            with suppress(OSError, ValueError):  # macOS refuses a limit of the address space
                resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    limit(MEMORY_BYTES, int(sys.argv[1]) if len(sys.argv) > 1 else None)
    # Output of a library must not come between replies.
    channel, sys.stdout = sys.stdout, sys.stderr
    serve(sys.stdin, channel)
