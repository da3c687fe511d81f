"""The error that a user is meant to read."""

from pathlib import Path


class SkillprobeError(Exception):
    """A problem in what the user gave us: names the file, the cause and the remedy.

    Every stage raises this (or a subclass) for bad input, so that the command line prints one clear
    message and a Dagster partition fails with it; any other exception is a bug of ours.
    """

    def __init__(self, cause: str, *, remedy: str, path: str | Path | None = None) -> None:
        self.cause = cause
        self.remedy = remedy
        self.path = None if path is None else str(path)
        where = f"{self.path}: " if self.path else ""
        super().__init__(f"{where}{cause}\n  Remedy: {remedy}")


def one_line(error: BaseException) -> str:
    """An error's message on one line, remedy included; the name of its class where it has none."""
    text = " ".join(str(error).split()).replace(" Remedy: ", ". Remedy: ", 1)
    return text if isinstance(error, SkillprobeError) else f"{type(error).__name__}: {text}".removesuffix(": ")


class CheckpointError(SkillprobeError):
    """A checkpoint folder that cannot be evaluated."""


class ItemError(SkillprobeError):
    """An item, item kind or item set that breaks the rules of the benchmark."""


class StoreError(SkillprobeError):
    """A stored table that is missing, damaged, or was made from something else than asked."""


class SettingsError(SkillprobeError):
    """A setting that is missing or wrong."""


class DownloadError(SkillprobeError):
    """A file from the package registry that cannot be had, or is not the one expected."""
