"""Locks of models between processes of a machine: many may compute a model's rows, one alone may change its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.file_locks import locked

from .store import Store
from .store_errors import writing


@contextmanager
def using(store: Store, *models: str) -> Iterator[None]:
    """Hold models while their rows are computed or read for a summary; waits while one is renamed or removed."""
    with ExitStack() as held:
        for model in sorted(set(models)):
            held.enter_context(_locked(store, model, shared=True, wait=True))
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
                held.enter_context(_locked(store, model, shared=False, wait=False))
            except BlockingIOError as error:
                raise StoreError(
                    f"another process is evaluating model {model!r}",
                    remedy="wait until it has ended, or stop it, then run the command again",
                    path=store.root,
                ) from error
        yield


@contextmanager
def _locked(store: Store, model: str, *, shared: bool, wait: bool) -> Iterator[None]:
    file = store.scratch("locks") / f"model-{model}.lock"
    with ExitStack() as held:
        try:
            held.enter_context(locked(file, shared=shared, wait=wait))
        except BlockingIOError:
            raise
        except OSError as error:
            with writing(store.root):
                raise error
        yield
