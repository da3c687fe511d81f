"""Trials of tokenizers and chat templates in a process that can be ended.

A chat template is a program, and a tokenizer's file holds regular expressions and rules that replace text: each can
loop for years, ask for any amount of memory, or end the process that runs it. So what a checkpoint brings is first
used in another process, with limits of processor time and memory, on the texts that it will be used on. Exceptions do
not count: the caller meets the same ones and reports them. What passed is noted next to the store's copies of weights,
so that later processes, and checkpoints with the same files, need no trial.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.bounded_files import open_file
from skillprobe_core.runs.content_files import counting_files, is_tokenizer
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_files import ModelFiles

SECONDS = 15
"""Processor seconds that one trial may take: a healthy one takes less than one."""
GIGABYTES = 4
"""Memory that one trial may take besides that of the libraries."""
_WALL_SECONDS = 600.0
_SECONDS_TO_START = 120.0
_LIBRARIES = ("jinja2", "tokenizers", "transformers")

Turn = Mapping[str, object]


class RefusedTrial(Exception):
    """A trial that broke a limit.

    `reason` is `time` or `memory`, `printed` if it printed text that could pose as another one's, or `killed` if the
    process ended by itself.
    """

    def __init__(self, reason: str) -> None:
        causes = {
            "time": f"it took more than {SECONDS} processor seconds",
            "memory": f"it took more than {GIGABYTES} GB of memory",
            "printed": "a key of its files is printed by the tokenizers library and holds control characters",
        }
        super().__init__(causes.get(reason, "it ended the process"))
        self.reason = reason


class TrialProcess:
    """The process that runs trials. It is started when it is needed, and again after it was ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = os.getpid()
        self._replies: queue.SimpleQueue[str] = queue.SimpleQueue()

    def run(self, request: Mapping[str, object]) -> None:
        """Run one trial.

        Args:
            request: What `trial_worker.run` takes.

        Raises:
            RefusedTrial: It broke a limit.
        """
        with self._lock:
            if not self._start():
                return  # no other process can be started here, for example for lack of memory
            process = self._process
            assert process is not None
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps({**request, "seconds": SECONDS, "gigabytes": GIGABYTES}) + "\n")
                process.stdin.flush()
                reply = self._replies.get(timeout=_WALL_SECONDS).strip()
            except (queue.Empty, OSError):
                reply = ""
            if reply == "done":
                return
            code = None if reply else self.close()
        raise RefusedTrial(reply or ("time" if code == -signal.SIGXCPU else "killed"))

    def close(self) -> int | None:
        """End the process; returns the exit status that it had before, None if it was running."""
        process, self._process = self._process, None
        if process is None:
            return None
        code = None
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(1)  # one that a limit ends has closed its pipe a moment before
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return code

    def _start(self) -> bool:
        if self._owner != os.getpid():  # a fork: the process belongs to its parent
            self._process, self._owner = None, os.getpid()
        if self._process is not None and self._process.poll() is None:
            return True
        self.close()
        command = [sys.executable, "-m", "skillprobe_core.models.trial_worker"]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            self._replies = queue.SimpleQueue()
            threading.Thread(target=_read, args=(self._process, self._replies), daemon=True).start()
            ready = self._replies.get(timeout=_SECONDS_TO_START).strip() == "ready"
        except (OSError, queue.Empty):
            ready = False
        if not ready:
            self.close()
        return ready


PROCESS = TrialProcess()
"""The one that all trials of this process share: it starts in a second."""


def _read(process: subprocess.Popen[str], replies: queue.SimpleQueue[str]) -> None:
    assert process.stdout is not None
    with suppress(ValueError):  # closed during the read
        for line in process.stdout:
            replies.put(line)
    replies.put("")


@dataclass
class TokenizerTrial:
    """The trials of one checkpoint's tokenizer.

    files: the checkpoint. digest: of the files of its tokenizer. notes: the folder of notes about what passed; None
    to keep none. passed: what passed in this process.
    """

    files: ModelFiles
    digest: str
    notes: Path | None
    passed: set[object] = field(default_factory=set)

    def load(self) -> None:
        """Load the tokenizer and encode texts of every kind. Raises RefusedTrial."""
        self._run({"kind": "load"})

    def render(
        self, template: str | None, conversations: Sequence[Sequence[Turn]], arguments: Mapping[str, object]
    ) -> None:
        """Write conversations with a template, and encode what it writes. Raises RefusedTrial."""
        fixed = template, json.dumps(dict(arguments), sort_keys=True, default=str)
        keys = [(*fixed, json.dumps(each)) for each in conversations]
        if not self.passed.issuperset(keys):
            self._run(
                {
                    "kind": "render",
                    "template": template,
                    "conversations": [list(each) for each in conversations],
                    "arguments": dict(arguments),
                }
            )
            self.passed.update(keys)

    def _run(self, request: Mapping[str, object]) -> None:
        known = digest_of_value([self.digest, _library_versions(), SECONDS, GIGABYTES, request])
        if known in self.passed or (self.notes is not None and (self.notes / known).exists()):
            return
        with in_one_folder(self.files) as folder:
            PROCESS.run({**request, "folder": str(folder)})
        self.passed.add(known)
        if self.notes is not None:
            with suppress(OSError):
                self.notes.mkdir(parents=True, exist_ok=True)
                (self.notes / known).touch()


@cache
def _library_versions() -> list[str]:
    return [f"{name} {version(name)}" for name in _LIBRARIES]


def trial_of(files: ModelFiles) -> TokenizerTrial:
    """The trials of a checkpoint's tokenizer. Raises RefusedFile for a file that is not read."""
    digests = {}
    for name, path in counting_files(files).items():
        if is_tokenizer(name) or name == "config.json":  # which may name the tokenizer's class
            with open_file(path) as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    scratch = files.scratch
    notes = scratch.folder / "trials" if scratch is not None and scratch.notes else None
    return TokenizerTrial(files, digest_of_value(digests), notes)


def refused(error: RefusedTrial, part: str, path: Path) -> CheckpointError:
    """The error of a checkpoint whose tokenizer or template broke a limit.

    Args:
        error: The limit.
        part: `tokenizer` or `chat template`.
        path: Its file or folder.
    """
    remedy = "copy the base model's tokenizer files into this folder"
    if part == "chat template":
        remedy = (
            'change the template, or set another one (`template_file` under [prompts]) or template = "none" for plain '
            "text"
        )
    return CheckpointError(f"the {part} was ended in a trial: {error}", remedy=remedy, path=path)
