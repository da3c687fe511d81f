"""Errors that are shown to the user."""

from functools import partial
from pathlib import Path

from .visible import visible, visible_lines


class SkillprobeError(Exception):
    """Bad input from the user, with the file, the cause and the remedy.

    Every stage raises this (or a subclass) for bad input, so that the command line prints one clear
    message and a Dagster partition fails with it. Any other exception is a bug in skillprobe.
    """

    def __init__(self, cause: str, *, remedy: str, path: str | Path | None = None) -> None:
        self.cause = cause
        self.remedy = remedy
        self.path = None if path is None else str(path)
        where = f"{visible(self.path)}: " if self.path else ""
        # Further lines of a cause stand deeper than the remedy, so that text of a file cannot pose as one.
        shown = visible_lines(cause).replace("\n", "\n    ")
        super().__init__(f"{where}{shown}\n  Remedy: {visible_lines(remedy)}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it by its parts, from which another process makes it again."""
        return partial(type(self), self.cause, remedy=self.remedy, path=self.path), ()


def one_line(error: BaseException) -> str:
    """An error's message on one line, remedy included; the name of its class where it has none."""
    text = " ".join(str(error).split()).replace(" Remedy: ", ". Remedy: ", 1)
    return text if isinstance(error, SkillprobeError) else f"{type(error).__name__}: {text}".removesuffix(": ")


def is_panic(error: BaseException) -> bool:
    """True for a panic of a library that is written in Rust, which is a BaseException and yet a plain failure."""
    return type(error).__name__ == "PanicException"


class CheckpointError(SkillprobeError):
    """A checkpoint folder that cannot be evaluated."""


class NotComparableError(CheckpointError):
    """A comparison that two models do not allow. The checkpoint's other tables are computed all the same."""


class ItemError(SkillprobeError):
    """An item, item kind or item set that breaks the rules of the benchmark."""


class StoreError(SkillprobeError):
    """A stored table that is missing, damaged, or was computed from other inputs than the current ones."""


class SettingsError(SkillprobeError):
    """A setting that is missing or wrong."""


class DownloadError(SkillprobeError):
    """A file of the package registry that cannot be downloaded or has the wrong digest."""
