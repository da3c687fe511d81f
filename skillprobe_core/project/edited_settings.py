"""Changes of `[items]` in a settings file, which keep the rest of the file as it is."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import SettingsError
from skillprobe_core.machine.unfinished_files import replacing

from .settings import SETTINGS_FILE, parsed_settings

Value: TypeAlias = "int | str | Sequence[int]"

_SECTION = "items"
_HEADER = re.compile(rf"\s*\[\s*{_SECTION}\s*\]\s*(#.*)?$")
_ANY_HEADER = re.compile(r"\s*\[")


def write_items(home: Path, values: Mapping[str, Value]) -> Path:
    """Set values of the section `[items]` in a store's settings file, which is created if it is missing.

    Args:
        home: Folder of the store; it is created.
        values: Settings of the section by name.

    Returns:
        The file.

    Raises:
        SettingsError: The file is wrong, or holds the section in a form that cannot be changed. The remedy shows the
            lines to write.
        StoreError: The file cannot be written.
    """
    file = home / SETTINGS_FILE
    try:
        before = file.read_bytes() if file.exists() else b""
        text = before.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("cannot be read as text", remedy="save the file as UTF-8", path=file) from error
    parsed_settings(before, file, note=False)
    after = _edited(text, values)
    if not _only_changes(text, after, values):
        lines = "\n".join(_line(name, value) for name, value in values.items())
        raise SettingsError(
            "the section [items] has a form that cannot be changed automatically",
            remedy=f"write these lines under [items]:\n{lines}",
            path=file,
        )
    parsed_settings(after.encode(), file, note=False)
    with writing(home):
        home.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(file))
        with replacing(target) as place:
            place.write_bytes(after.encode())
            if before:
                place.chmod(target.stat().st_mode)
    return file


def _edited(text: str, values: Mapping[str, Value]) -> str:
    """The text with the values in its section, each in place of the present one or below the header."""
    lines = text.splitlines(keepends=True)
    start = next((place for place, line in enumerate(lines) if _HEADER.match(line)), None)
    if start is None:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}[{_SECTION}]\n" + "".join(f"{_line(*each)}\n" for each in values.items())
    if not lines[start].endswith("\n"):
        lines[start] += "\n"
    for name, value in values.items():
        end = next((at for at in range(start + 1, len(lines)) if _ANY_HEADER.match(lines[at])), len(lines))
        own = re.compile(rf"\s*{re.escape(name)}\s*=")
        first = next((at for at in range(start + 1, end) if own.match(lines[at])), None)
        if first is None:
            lines.insert(start + 1, f"{_line(name, value)}\n")
        else:
            last = _end_of_value(lines, first, end)
            comment = re.search(r"\s+#[^\"'\]]*$", lines[last].rstrip("\n"))
            lines[first : last + 1] = [f"{_line(name, value)}{comment[0] if comment else ''}\n"]
    return "".join(lines)


def _end_of_value(lines: Sequence[str], first: int, end: int) -> int:
    """The last line of the value that begins in a line; a list may go over several."""
    for last in range(first, end):
        try:
            tomllib.loads("".join(lines[first : last + 1]))
        except tomllib.TOMLDecodeError:
            continue
        return last
    return first


def _only_changes(before: str, after: str, values: Mapping[str, Value]) -> bool:
    """True if the file then has these values, and everything else as before."""
    try:
        found, wanted = tomllib.loads(after), tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        return False
    plain = {name: value if isinstance(value, int | str) else list(value) for name, value in values.items()}
    return found == {**wanted, _SECTION: {**wanted.get(_SECTION, {}), **plain}}


def _line(name: str, value: Value) -> str:
    shown = str(value) if isinstance(value, int) else f'"{value}"' if isinstance(value, str) else str(list(value))
    return f"{name} = {shown}"
