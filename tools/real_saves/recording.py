"""Records of what a program does to the files of a folder, in order, and their replay.

The interpreter reports each file that it opens and each folder or name that it changes; before every such act the
folder is compared with its last state. Compiled code that writes files does not report them, so what changed between
two acts is ordered by the files' times. Only the standard library is used: recordings are made in other environments.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ACTS = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"})
_DESCRIPTION, _OPERATIONS, _CONTENTS = "description.json", "operations.json", "contents"
_BYTES_BEFORE = 1024


@dataclass(frozen=True, slots=True)
class Operation:
    """A change of a folder. kind: `folder`, `file`, `rename`, `remove` or `remove_folder`. name: the place in it.

    source: the earlier name of what was renamed. content: digest of the file's content.
    """

    kind: str
    name: str
    source: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded save. description: what made it. contents: the files' bytes by digest."""

    description: dict[str, Any]
    operations: tuple[Operation, ...]
    contents: dict[str, bytes]

    def write(self, file: Path) -> None:
        """Write the recording as a ZIP archive, with the same bytes for the same recording."""
        file.parent.mkdir(parents=True, exist_ok=True)
        operations = [[each.kind, each.name, each.source, each.content] for each in self.operations]
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for name, text in ((_DESCRIPTION, json.dumps(self.description)), (_OPERATIONS, json.dumps(operations))):
                archive.writestr(_entry(name), text)
            for digest, content in sorted(self.contents.items()):
                archive.writestr(_entry(f"{_CONTENTS}/{digest}"), content)

    @classmethod
    def read(cls, file: Path) -> Recording:
        """The recording in an archive."""
        with ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.startswith(f"{_CONTENTS}/")]
            return cls(
                json.loads(archive.read(_DESCRIPTION)),
                tuple(Operation(*each) for each in json.loads(archive.read(_OPERATIONS))),
                {name.partition("/")[2]: archive.read(name) for name in names},
            )

    def replayed(self, root: Path) -> Iterator[int]:
        """Perform the operations in an empty folder, and yield their number after each.

        A file is created, then holds its first bytes, then half, then everything. Each operation has a later time than
        the one before it.
        """
        number = 0
        for operation in self.operations:
            for _ in self._performed(operation, root):
                number += 1
                self._stamp(root, operation, number)
                yield number

    def _performed(self, operation: Operation, root: Path) -> Iterator[None]:
        place = root / operation.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if operation.kind == "file":
            content = self.contents[operation.content]
            for stop in sorted({0, min(len(content), _BYTES_BEFORE), len(content) // 2, len(content)}):
                place.write_bytes(content[:stop])
                yield
            return
        if operation.kind == "folder":
            place.mkdir(exist_ok=True)
        elif operation.kind == "rename":
            (root / operation.source).rename(place)
        elif operation.kind == "remove":
            place.unlink()
        else:
            place.rmdir()
        yield

    @staticmethod
    def _stamp(root: Path, operation: Operation, number: int) -> None:
        time = 1_700_000_000_000_000_000 + number * 1_000_000_000
        place = root / operation.name
        changed = [place] if operation.kind in ("file", "folder") else []
        above = {(root / name).parent for name in (operation.name, operation.source) if name}
        for each in (*changed, *above):
            if each.exists():
                os.utime(each, ns=(time, time))


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    return entry


@dataclass(slots=True)
class _State:
    """The state of an entry of a folder: its file's number, its time and its size, both -1 for folders."""

    inode: int
    time: int
    size: int

    @property
    def is_folder(self) -> bool:
        return self.size < 0


class Recorder:
    """Compares a folder with its last state, and keeps the operations between the two."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._states: dict[str, _State] = {}
        self._contents: dict[str, bytes] = {}
        self._operations: list[Operation] = []
        self._of_name: dict[str, str] = {}

    def look(self) -> None:
        """Take what changed since the last look."""
        now = dict(self._walk())
        gone = [name for name in self._states if name not in now]
        by_inode = {self._states[name].inode: name for name in gone}
        for name, state in sorted(now.items(), key=lambda each: (not each[1].is_folder, each[1].time, each[0])):
            before = self._states.get(name)
            if before is None and state.inode in by_inode:
                source = by_inode[state.inode]
                if source in self._states:  # with a folder, all that is in it
                    self._rename(source, name)
                    before = self._states.get(name)
            if state.is_folder:
                if before is None:
                    self._operations.append(Operation("folder", name))
            elif before is None or (before.time, before.size, before.inode) != (state.time, state.size, state.inode):
                self._file(name)
        for name in sorted((name for name in self._states if name not in now), reverse=True):
            kind = "remove_folder" if self._states[name].is_folder else "remove"
            self._operations.append(Operation(kind, name))
        self._states = now

    def recording(self, description: dict[str, Any]) -> Recording:
        """The operations so far, with the contents that they need."""
        used = {each.content for each in self._operations}
        contents = {digest: content for digest, content in self._contents.items() if digest in used}
        return Recording(description, tuple(self._operations), contents)

    def _file(self, name: str) -> None:
        try:
            content = (self._root / name).read_bytes()
        except FileNotFoundError:
            return
        digest = sha256(content).hexdigest()[:16]
        if self._of_name.get(name) != digest:
            self._of_name[name] = digest
            self._contents[digest] = content
            self._operations.append(Operation("file", name, content=digest))

    def _rename(self, source: str, name: str) -> None:
        self._operations.append(Operation("rename", name, source))
        for old in [each for each in self._states if each == source or each.startswith(f"{source}/")]:
            new = name + old[len(source) :]
            self._states[new] = self._states.pop(old)
            if old in self._of_name:
                self._of_name[new] = self._of_name.pop(old)

    def _walk(self) -> Iterator[tuple[str, _State]]:
        for folder, folders, names in os.walk(self._root):
            for name in (*folders, *names):
                place = Path(folder, name)
                try:
                    state = place.lstat()
                except FileNotFoundError:
                    continue
                found = _State(state.st_ino, state.st_mtime_ns, -1 if name in folders else state.st_size)
                yield place.relative_to(self._root).as_posix(), found


@contextmanager
def recorded(root: Path) -> Iterator[Recorder]:
    """Record what happens to a folder for as long as the block lasts; it is emptied first."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    recorder, looking = Recorder(root), True

    def hook(event: str, _: tuple[object, ...]) -> None:
        nonlocal looking
        if looking and event in ACTS:
            looking = False  # of what the look itself opens
            try:
                recorder.look()
            finally:
                looking = True

    sys.addaudithook(hook)
    try:
        yield recorder
    finally:
        looking = False
        recorder.look()
