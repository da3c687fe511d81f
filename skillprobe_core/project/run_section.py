"""A `[[runs]]` section for `skillprobe.toml`: its text, and its addition to the file."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import SettingsError
from skillprobe_core.machine.unfinished_files import replacing
from skillprobe_core.runs.run_settings import RunSettings

from .settings import SETTINGS_FILE, parsed_settings


def section_of(run: RunSettings) -> str:
    """The section as TOML text; raises SettingsError for a path that TOML cannot hold."""
    values = {"folder": str(run.folder), "base": str(run.base), "method": run.method, "model": run.model}
    return "[[runs]]\n" + "".join(f"{name} = {_quoted(value)}\n" for name, value in values.items())


def add_run(home: Path, run: RunSettings) -> Path | None:
    """Add a run to the settings file of a store, which is created if it is missing. What the file holds stays as it is.

    Args:
        home: Folder of the store; it is created.
        run: The run, with absolute paths.

    Returns:
        The file, or None if it already has this run with this base and name.

    Raises:
        SettingsError: The file is wrong, has another section for the folder or the name, or has the runs in a form
            that cannot be added to. The remedy shows the section.
        StoreError: The file cannot be written.
    """
    file, section = home / SETTINGS_FILE, section_of(run)
    before = _existing(file)
    for other in parsed_settings(before, file, note=False).runs:
        if (other.folder, other.base, other.model) == (run.folder, run.base, run.model):
            return None
        same = "folder" if _same(other.folder, run.folder) else "model name" if other.model == run.model else ""
        if same:
            own = "" if same == "folder" else ", with another `model`,"
            raise SettingsError(
                f"there is a [[runs]] section with this {same} already: model {other.model!r}, folder {other.folder}, "
                f"base {other.base}",
                remedy=f"edit the file. The section for this run{own} is:\n{section}",
                path=file,
            )
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    after = before + gap + section.encode()
    _check(after, file, section)
    with writing(home):
        home.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(file))
        with replacing(target) as place:
            place.write_bytes(after)
            if before:
                place.chmod(target.stat().st_mode)
    return file


def _existing(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise SettingsError(
            f"cannot be read: {error.strerror}", remedy="make it a file that this user may read", path=file
        ) from error


def _check(content: bytes, file: Path, section: str) -> None:
    """Raise SettingsError unless the file would be valid with the section at its end."""
    try:
        tomllib.loads(content.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"a section at the end of the file would not be valid TOML: {error}",
            remedy=f"write `runs` as [[runs]] sections, then add this one:\n{section}",
            path=file,
        ) from error
    parsed_settings(content, file, note=False)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are JSON's; that it holds DEL only as an escape is TOML's own rule."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SettingsError(
            "the path holds bytes that are not text, which TOML cannot hold",
            remedy="rename the folder, or name it by a symbolic link",
            path=text,
        ) from error
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
