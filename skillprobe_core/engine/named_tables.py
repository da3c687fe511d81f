"""Tables and models that an SQL statement names, so that a query reads the footers of their files alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

Syntax = object
"""A node of a parsed statement as JSON: an object, a list or a value."""

_WORD = re.compile(r"\w+")
_BY_TEXT = frozenset({"query", "query_table", "prepare", "execute", "import", "export"})
"""Words of statements whose tables are not, or need not be, written out."""


def tables_named(sql: str, tables: Iterable[str]) -> set[str]:
    """Names of the tables that a statement may read: those that stand in its text as a word, in any case.

    All of them for a statement that may put names together, such as one with `query_table`.
    """
    words = {word.lower() for word in _WORD.findall(sql)}
    known = set(tables)
    return known if words & _BY_TEXT else {name for name in known if name.lower() in words}


def parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> Syntax:
    """DuckDB's own syntax tree of a SELECT; an object that states an error for any other statement."""
    ((text,),) = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchall()
    syntax: Syntax = json.loads(text)
    return syntax


def models_named(syntax: Syntax) -> Iterator[str]:
    """String constants that a parsed query compares with a column called `model`, by = or IN."""
    for node in _nodes(syntax):
        yield from _compared_models(node)


def models_read(syntax: Syntax, tables: Iterable[str], values: Mapping[str, object]) -> dict[str, set[str]]:
    """The models to which a parsed query limits a table, by the table's name.

    A table is limited if it is named once in the query, is all that a SELECT reads from, and one of the conditions that
    every row must meet compares `model` with constants or with a parameter. A query that also reads views of its
    user's limits nothing: they may read the same table.

    Args:
        syntax: The parsed query.
        tables: Names of all tables.
        values: Values of the parameters.

    Returns:
        Names of models by name of table, without tables that are read completely.
    """
    nodes = list(_nodes(syntax))
    names = [str(node["table_name"]).lower() for node in nodes if node.get("type") == "BASE_TABLE"]
    if not {*names} <= {name.lower() for name in tables}:
        return {}
    found = {}
    for node in nodes:
        source = node.get("from_table")
        if node.get("type") != "SELECT_NODE" or not isinstance(source, dict) or source.get("type") != "BASE_TABLE":
            continue
        if source.get("column_name_alias"):
            continue  # `model` may be another column
        name = str(source["table_name"]).lower()
        models = _required(node.get("where_clause"), values)
        if models is not None and names.count(name) == 1:
            found[name] = models
    return found


def _required(condition: object, values: Mapping[str, object]) -> set[str] | None:
    """The models of rows that meet a condition; None if it does not limit them."""
    if not isinstance(condition, dict):
        return None
    if condition.get("type") == "CONJUNCTION_AND":
        parts = [_required(child, values) for child in condition.get("children", [])]
        limits = [part for part in parts if part is not None]
        return set.intersection(*limits) if limits else None
    operands = _operands(condition)
    if condition.get("type") not in {"COMPARE_EQUAL", "COMPARE_IN"} or not operands or not _is_model(operands[0]):
        return None
    constants = [_text(each, values) for each in operands[1:]]
    return None if None in constants else {each for each in constants if each is not None}


def _compared_models(node: Mapping[str, object]) -> Iterator[str]:
    operands = _operands(node)
    if node.get("type") in {"COMPARE_EQUAL", "COMPARE_IN"} and any(map(_is_model, operands)):
        texts = (_text(side, {}) for side in operands)
        yield from (text for text in texts if text is not None)


def _operands(node: Mapping[str, object]) -> list[object]:
    children = node.get("children")
    return list(children) if isinstance(children, list) and children else [node.get("left"), node.get("right")]


def _text(node: object, values: Mapping[str, object]) -> str | None:
    """The string that a constant or a parameter stands for."""
    if not isinstance(node, dict):
        return None
    if node.get("class") == "PARAMETER":
        value = values.get(str(node.get("identifier")))
        return value if isinstance(value, str) else None
    literal = node.get("literal") if node.get("class") == "CONSTANT" else None
    if isinstance(literal, dict) and literal.get("kind") == "STRING":
        return str(literal["text"])
    return None


def _is_model(node: object) -> bool:
    return (
        isinstance(node, dict) and node.get("class") == "COLUMN_REF" and node.get("column_names", [])[-1:] == ["model"]
    )


def _nodes(node: object) -> Iterator[dict[str, object]]:
    """Every object of a tree."""
    if isinstance(node, list):
        for child in node:
            yield from _nodes(child)
    elif isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _nodes(child)
