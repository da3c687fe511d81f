"""Turns whatever a checkpoint's content raises into an error of that checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.store_errors import refusal
from skillprobe_core.errors import CheckpointError, SkillprobeError, is_panic, one_line
from skillprobe_core.extras import missing_package
from skillprobe_core.machine.page_faults import surviving_page_faults
from skillprobe_core.runs.checkpoint import Checkpoint

from .failure_logs import write_log


@contextmanager
def own_failure(store: Store, checkpoint: Checkpoint, doing: str) -> Iterator[None]:
    """Raise any exception that is not a SkillprobeError as a CheckpointError that names the folder and what was done.

    A package of an extra that is not installed is a SettingsError, whatever the checkpoint.

    A file that is cut short while it is mapped does not end the process: seals of checkpoints find it (`Seal.check`).
    Libraries raise anything for a damaged or unusual checkpoint. The traceback, which a bug needs, goes to a file in
    the store that the error names.
    """
    try:
        with surviving_page_faults():
            yield
    except SkillprobeError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        if (missing := missing_package(error)) is not None:
            raise missing from error
        if (refused := refusal(error, store.root)) is not None:
            raise refused from error
        log = write_log(store, checkpoint, doing, error)
        raise CheckpointError(
            f"{doing} failed with {one_line(error)[:300]}",
            remedy=f"check that transformers alone loads this folder and generates with it; if it does, this is a bug: "
            f"report it with {log}, which holds the traceback",
            path=checkpoint.path,
        ) from error
