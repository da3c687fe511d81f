"""Names and texts as DuckDB's SQL writes them."""

from __future__ import annotations

import re


def quoted(text: str) -> str:
    """An SQL string constant of the text."""
    return "'" + text.replace("'", "''") + "'"


def literally(path: str) -> str:
    """A path that DuckDB does not take for a pattern."""
    return re.sub(r"[*?[]", r"[\g<0>]", path)
