"""The kinds that a Python module or file defines."""

from __future__ import annotations

import sys

from skillprobe_core.benchmark.item_schema import Kind
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.errors import ItemError
from skillprobe_core.plugins import Plugin, load_module


def kinds_of(module: str) -> tuple[Kind, ...]:
    """The kinds at the top level of a module (`package.module`) or of a file (`path/to/kind.py`).

    The benchmark's own kinds count only in its own modules: another module may have imported them to build on.

    Raises ItemError when it cannot be imported or defines none.
    """
    try:
        if not module.endswith(".py"):
            sys.path.insert(0, "")
        loaded = load_module(module)
    except Exception as error:  # whatever a user's module raises
        raise ItemError(
            f"module {module!r} cannot be imported: {error!r}",
            remedy="correct the module's name or path, or fix this error in its code",
        ) from error
    there = {id(each): each for each in Plugin(module, loaded, "").objects if isinstance(each, Kind)}
    own = {id(kind) for kind in KINDS}
    is_own = loaded.__name__.startswith("skillprobe_core.")
    kinds = tuple(kind for key, kind in there.items() if is_own or key not in own)
    if not kinds:
        raise ItemError(
            f"module {module!r} does not define an item kind",
            remedy="define `KIND = Kind(...)` at its top level, or a tuple of kinds",
        )
    return kinds
