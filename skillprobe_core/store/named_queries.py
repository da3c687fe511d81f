"""The questions that users ask most, as SQL with parameters: one file each in `named/`.

A file begins with comments: the question, then a line `-- NAME: meaning` or `-- NAME = DEFAULT: meaning` for each
parameter, in the order in which they are given. In the query a parameter is `$NAME`, a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import StoreError

_FOLDER = Path(__file__).with_name("named")
_PARAMETER = re.compile(r"-- (?P<name>\w+)(?: = (?P<default>\w+))?: (?P<meaning>.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query; without a default it has to be given."""

    name: str
    default: str | None
    meaning: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A question, its parameters in order and its SQL."""

    name: str
    question: str
    parameters: tuple[Parameter, ...]
    sql: str

    @property
    def usage(self) -> str:
        """The name with its parameters as they are typed, optional ones in brackets."""
        shown = (
            each.name.upper() if each.default is None else f"[{each.name}={each.default}]" for each in self.parameters
        )
        return " ".join([self.name, *shown])

    def bind(self, given: Sequence[str]) -> dict[str, str]:
        """Values by parameter, from words that are a value (in order) or NAME=VALUE.

        Raises StoreError for too many, an unknown name, or one that is missing.
        """
        names = [each.name for each in self.parameters]
        values: dict[str, str] = {}
        for word in given:
            name, equals, value = word.partition("=")
            if not (equals and name in names):
                free = [each for each in names if each not in values]
                if not free or (equals and name.isidentifier()):
                    raise self._refused(f"takes no {word!r}")
                name, value = free[0], word
            values[name] = value
        for each in self.parameters:
            if each.name not in values:
                if each.default is None:
                    raise self._refused(f"needs {each.name}: {each.meaning}")
                values[each.name] = each.default
        return values

    def _refused(self, cause: str) -> StoreError:
        return StoreError(f"the query {self.name} {cause}", remedy=f"type: skillprobe sql --named {self.usage}")


def named_queries() -> list[NamedQuery]:
    """Every named query, by name."""
    return [_read(file) for file in sorted(_FOLDER.glob("*.sql"))]


def named_query(name: str) -> NamedQuery:
    """The query of that name; raises StoreError with the known names otherwise."""
    file = _FOLDER / f"{name}.sql"
    if not name.isidentifier() or not file.exists():
        known = ", ".join(each.name for each in named_queries())
        raise StoreError(f"there is no query named {name!r}", remedy=f"use one of {known}")
    return _read(file)


def _read(file: Path) -> NamedQuery:
    question, *lines = file.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("--")]
    parameters = tuple(Parameter(**found.groupdict()) for line in head if (found := _PARAMETER.fullmatch(line)))
    return NamedQuery(file.stem, question.removeprefix("-- "), parameters, "\n".join(lines[len(head) :]))
