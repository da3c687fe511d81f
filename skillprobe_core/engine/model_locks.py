"""Locks of models between processes of a machine: many may compute a model's rows, one alone may change its name."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from skillprobe_core.errors import StoreError

from .store import Store
from .store_errors import writing


@contextmanager
def using(store: Store, *models: str) -> Iterator[None]:
    """Hold models while their rows are computed or read for a summary; waits while one is renamed or removed."""
    with ExitStack() as held:
        for model in sorted(set(models)):
            held.enter_context(_locked(store, model, fcntl.LOCK_SH))
        yield


@contextmanager
def alone(store: Store, *models: str) -> Iterator[None]:
    """Hold models alone.

    Raises:
        StoreError: Another process is computing rows of one of them.
    """
    with ExitStack() as held:
        for model in sorted(set(models)):
            try:
                held.enter_context(_locked(store, model, fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError as error:
                raise StoreError(
                    f"another process is evaluating model {model!r}",
                    remedy="wait until it has ended, or stop it, then run the command again",
                    path=store.root,
                ) from error
        yield


@contextmanager
def _locked(store: Store, model: str, how: int) -> Iterator[None]:
    with _file(store, model).open("ab") as file:
        fcntl.flock(file, how)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def _file(store: Store, model: str) -> Path:
    with writing(store.root):
        file = store.scratch("locks") / f"model-{model}.lock"
        file.touch()
    return file
