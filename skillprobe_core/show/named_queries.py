"""Named queries for frequent questions, as SQL with parameters: the files in `queries/`, and those of plugins.

A file begins with comments: the question, then a line `-- NAME: meaning` or `-- NAME = DEFAULT: meaning` for each
parameter, in the order in which values are given. In the query a parameter is `$NAME`, a text. A plugin is such a file,
or has a `NamedQuery` at the top level of a module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import StoreError
from skillprobe_core.plugins import extensions

_FOLDER = Path(__file__).with_name("queries")
_PARAMETER = re.compile(r"-- (?P<name>\w+)(?: = (?P<default>\w+))?: (?P<meaning>.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query; without a default it is required."""

    name: str
    default: str | None
    meaning: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A question with its parameters in order and its SQL."""

    name: str
    question: str
    parameters: tuple[Parameter, ...]
    sql: str

    @property
    def usage(self) -> str:
        """The name with its parameters as typed on the command line, optional ones in brackets."""
        shown = (
            each.name.upper() if each.default is None else f"[{each.name}={each.default}]" for each in self.parameters
        )
        return " ".join([self.name, *shown])

    def bind(self, given: Sequence[str]) -> dict[str, str]:
        """Values by parameter, from words of the form VALUE (in order) or NAME=VALUE.

        Raises StoreError for a surplus value, an unknown parameter or a missing one.
        """
        names = [each.name for each in self.parameters]
        values: dict[str, str] = {}
        for word in given:
            name, equals, value = word.partition("=")
            if not (equals and name in names):
                free = [each for each in names if each not in values]
                if not free or (equals and name.isidentifier()):
                    raise self._refused(f"does not take {word!r}")
                name, value = free[0], word
            values[name] = value
        for each in self.parameters:
            if each.name not in values:
                if each.default is None:
                    raise self._refused(f"needs a value for {each.name} ({each.meaning})")
                values[each.name] = each.default
        return values

    def _refused(self, cause: str) -> StoreError:
        return StoreError(f"the query {self.name} {cause}", remedy=f"run: skillprobe sql --named {self.usage}")


def read_query(file: Path) -> NamedQuery:
    """The query of an SQL file, which is named like the file.

    Raises StoreError for a file that cannot be read as text.
    """
    try:
        question, *lines = file.read_text(encoding="utf-8").splitlines() or [""]
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"the query cannot be read: {error}", remedy="make it a UTF-8 text file that this user may read", path=file
        ) from error
    head = [line for line in lines if line.startswith("--")]
    parameters = tuple(Parameter(**found.groupdict()) for line in head if (found := _PARAMETER.fullmatch(line)))
    return NamedQuery(file.stem, question.removeprefix("-- "), parameters, "\n".join(lines[len(head) :]))


_ALL = extensions(
    "named query",
    NamedQuery,
    lambda: [read_query(file) for file in sorted(_FOLDER.glob("*.sql"))],
    names=lambda query: (query.name,),
    order=lambda query: query.name,
    of_file=lambda file: read_query(file) if file.suffix == ".sql" else None,
)


def named_queries() -> list[NamedQuery]:
    """All named queries, sorted by name."""
    return list(_ALL)


def named_query(name: str) -> NamedQuery:
    """The query of that name; raises StoreError with the valid names for any other."""
    for query in named_queries():
        if query.name == name:
            return query
    known = ", ".join(each.name for each in named_queries())
    raise StoreError(f"unknown query {name!r}", remedy=f"use one of {known}")
