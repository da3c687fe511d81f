"""The kinds that a Python module or file defines."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from skillprobe_core.benchmark.item_schema import Kind
from skillprobe_core.errors import ItemError


def kinds_of(module: str) -> tuple[Kind, ...]:
    """The kinds of a module (`package.module`) or of a file (`path/to/kind.py`): its `KINDS`, else its `KIND`.

    Raises ItemError when it cannot be imported or defines none.
    """
    loaded = _load(module)
    offered = getattr(loaded, "KINDS", None) or (getattr(loaded, "KIND", None),)
    kinds = tuple(kind for kind in offered if isinstance(kind, Kind))
    if not kinds or len(kinds) < len(offered):
        raise ItemError(
            f"module {module!r} does not define an item kind",
            remedy="define `KIND = Kind(...)` in it, or a tuple `KINDS` of kinds",
        )
    return kinds


def _load(module: str) -> ModuleType:
    try:
        if not module.endswith(".py"):
            sys.path.insert(0, "")
            return importlib.import_module(module)
        file = Path(module)
        spec = importlib.util.spec_from_file_location(file.stem, file)
        if spec is None or spec.loader is None:
            raise ImportError("not a Python file")
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = loaded
        spec.loader.exec_module(loaded)
    except Exception as error:  # whatever a user's module raises
        raise ItemError(
            f"module {module!r} cannot be imported: {error!r}",
            remedy="correct the module's name or path, or fix this error in its code",
        ) from error
    return loaded
