"""Seals of checkpoints: proof that the files read by a stage are those that were identified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR

from skillprobe_core.errors import CheckpointError
from skillprobe_core.machine.page_faults import unread_pages

from .adapters import base_of, is_adapter
from .content_files import counting_files
from .identity import Identity
from .model_files import ModelFiles

_FOLDER = 0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The state of one file, link or folder, as far as the file system shows it; the links of a folder count as 0."""

    path: Path
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    links: int


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The files of a checkpoint and of an adapter's base, and the folders that hold them, as they are now.

    A folder has two: its own, and that of the last part of its path, which may be a symbolic link.
    """

    files: tuple[Fingerprint, ...]
    folders: tuple[Fingerprint, ...]

    @classmethod
    def of(cls, files: ModelFiles) -> Fingerprints:
        """Fingerprints of the files that count; raises OSError when a folder or a file cannot be read."""
        paths = counting_files(files).values()
        parts = dict.fromkeys((files.weights, files.config, files.tokenizer))
        folders = [each for part in parts if part.is_dir() for each in (_of(part), _of(part, follow=False))]
        own = cls(tuple(_of(path) for path in paths), tuple(folders))
        if not is_adapter(files):
            return own
        base = cls.of(base_of(files))
        return cls(own.files + base.files, own.folders + base.folders)

    @classmethod
    def now(cls, files: ModelFiles) -> Fingerprints | None:
        """The same; None when a folder or a file cannot be read."""
        try:
            return cls.of(files)
        except OSError:
            return None

    def may_hide_a_swap(self, earlier: Fingerprints) -> bool:
        """Report if other files can have been there at some time since `earlier`, given that the bytes are the same.

        They cannot if only the number of a file's hard links changed, as when a trainer rotates a checkpoint that is
        pinned, or if other files were written to the folder.
        """
        if self.folders == earlier.folders:
            return not all(map(_linked, self.files, earlier.files))
        return self.files != earlier.files or not all(map(_other_entries, self.folders, earlier.folders))


class DisturbedError(CheckpointError):
    """A checkpoint whose files were written again, or put back, during a stage; they hold the same bytes as before."""


class Seal:
    """A checkpoint's identity together with the state of its files when it was found.

    Args:
        files: The checkpoint.
        identify: Its identity; it may trust sizes and times of files that were read before.
        read: Its identity by the bytes of all files.

    Raises:
        CheckpointError: As of `identify`, or the files changed during it.
    """

    def __init__(
        self, files: ModelFiles, identify: Callable[[ModelFiles], Identity], read: Callable[[ModelFiles], Identity]
    ) -> None:
        self.files = files
        self._read = read
        self._unread = unread_pages()
        before = Fingerprints.now(files)
        self.identity = identify(files)
        self._state = Fingerprints.now(files)
        if before is None or self._state is None or self._state.files != before.files:
            raise self._replaced("its files changed while they were identified")

    def check(self, *, in_use: bool) -> None:
        """Raise CheckpointError unless the files are those of the identity and could be read.

        Args:
            in_use: True if something was computed from the files since the last check.

        Raises:
            CheckpointError: As of `check_files` and `check_pages`.
        """
        self.check_files(in_use=in_use)
        self.check_pages()

    def check_pages(self) -> None:
        """Raise CheckpointError if a page of any mapped file could not be read since the files were identified."""
        if unread_pages() != self._unread:
            raise CheckpointError(
                "a memory-mapped file could not be read while the checkpoint was evaluated: it was cut short, or its "
                "disk failed",
                remedy="restore the files of the checkpoint and its base, or copy them to another disk, then evaluate "
                "it again",
                path=self.files.path,
            )

    def check_files(self, *, in_use: bool) -> None:
        """Raise CheckpointError unless the files are those of the identity.

        Files whose states changed are read: their bytes decide.

        Args:
            in_use: True if something was computed from the files since the last check.

        Raises:
            DisturbedError: The bytes are the same, but other files can have been in their place for a time.
            CheckpointError: The checkpoint is another one now, or files of it are gone.
        """
        before, now = self._state, Fingerprints.now(self.files)
        if now is not None and now == before:
            return
        if now is None:
            raise self._replaced("files of it were deleted or cannot be read any more")
        assert before is not None
        if now.files != before.files:
            try:
                found = self._read(self.files)
            except CheckpointError as error:
                raise self._replaced(f"it cannot be read any more: {error.cause}") from error
            if found != self.identity:
                raise self._replaced(f"it was identified as {self.identity.digest[:12]} and is {found.digest[:12]} now")
        self._state = now
        if in_use and now.may_hide_a_swap(before):
            raise DisturbedError(
                "files of the checkpoint were written again while it was evaluated",
                remedy="stop whatever writes to the folder, then try again; on a network mount whose inode numbers "
                "change by themselves, copy the checkpoint to a local disk",
                path=self.files.path,
            )

    def _replaced(self, fact: str) -> CheckpointError:
        return CheckpointError(
            f"the checkpoint was replaced while it was evaluated ({fact}); no rows were stored for the new files",
            remedy="wait until the trainer has finished writing it, then evaluate it again",
            path=self.files.path,
        )


def _of(path: Path, *, follow: bool = True) -> Fingerprint:
    state = path.stat(follow_symlinks=follow)
    links = _FOLDER if S_ISDIR(state.st_mode) else state.st_nlink
    return Fingerprint(path, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns, links)


def _linked(now: Fingerprint, earlier: Fingerprint) -> bool:
    """True if a file is as it was, or if nothing but its number of links changed."""
    return now == earlier or (
        now.links != earlier.links and replace(now, links=earlier.links, ctime_ns=earlier.ctime_ns) == earlier
    )


def _other_entries(now: Fingerprint, earlier: Fingerprint) -> bool:
    """True if a folder is as it was, or had entries written; it is then neither a link nor one that was moved."""
    written = replace(now, size=earlier.size, mtime_ns=earlier.mtime_ns, ctime_ns=earlier.ctime_ns) == earlier
    return now == earlier or (written and now.links == _FOLDER and now.mtime_ns != earlier.mtime_ns)
