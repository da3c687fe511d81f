"""Regular expressions that a stranger wrote, matched where they can be ended: some take longer than the universe."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping

SECONDS = 5
"""Processor seconds that all expressions together may take."""
_WALL_SECONDS = 120.0
# Without repetition and alternatives, the time is linear in the text.
_PLAIN = re.compile(r"(?:[\w.\-]|\\[.dw])+")
_PROGRAM = """
import json, re, resource, sys
seconds, patterns, names = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def matching(pattern):
    try:
        found = re.compile(rf"(.*\\.)?({pattern})").fullmatch
    except (re.error, OverflowError, RecursionError, MemoryError) as error:
        return str(error)
    return [name for name in names if found(name)]
json.dump([matching(pattern) for pattern in patterns], sys.stdout)
"""


class UnusablePattern(ValueError):
    """A regular expression that is not valid, or that takes too long."""


def matched_by(patterns: Iterable[str], names: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The names that each pattern matches, as PEFT matches them: completely, or their end after a dot.

    Args:
        patterns: Regular expressions of Python. Those with more than plain characters are matched in another process.
        names: The names.

    Returns:
        For each pattern the names that it matches.

    Raises:
        UnusablePattern: A pattern is not valid, or all together take more than 5 processor seconds.
    """
    names = sorted(set(names))
    plain = {pattern for pattern in patterns if _PLAIN.fullmatch(pattern)}
    found: dict[str, frozenset[str]] = {}
    for pattern in plain:
        matches = re.compile(rf"(.*\.)?({pattern})").fullmatch
        found[pattern] = frozenset(name for name in names if matches(name))
    others = sorted(set(patterns) - plain)
    return {**found, **_in_process(others, names)} if others else found


def _in_process(patterns: list[str], names: list[str]) -> dict[str, frozenset[str]]:
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM]
    request = json.dumps([SECONDS, patterns, names])
    try:
        ended = subprocess.run(
            command, input=request, capture_output=True, text=True, timeout=_WALL_SECONDS, check=False
        )
        results = json.loads(ended.stdout) if ended.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        results = None
    if results is None:
        shown = ", ".join(map(repr, patterns))
        raise UnusablePattern(f"matching {shown[:200]} takes more than {SECONDS} processor seconds, or too much memory")
    for pattern, result in zip(patterns, results, strict=True):
        if isinstance(result, str):
            raise UnusablePattern(f"{pattern[:200]!r} is not a regular expression: {result}")
    return {pattern: frozenset(result) for pattern, result in zip(patterns, results, strict=True)}
