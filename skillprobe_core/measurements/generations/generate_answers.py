"""Generation of a checkpoint's completions; a killed run resumes where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.progress import progress

if TYPE_CHECKING:
    from skillprobe_core.models.backend import Backend, Request

Answering: TypeAlias = Callable[[pl.DataFrame, str], pl.DataFrame]
"""Rows of table `generations` for items, as `Probe.items` has them, and the digest of their set."""

Completing: TypeAlias = Callable[["Sequence[Request]", str, int], pl.DataFrame]
"""Rows of table `generations` for requests, the digest of their items' set, and the room that later requests need."""


def generated(probe: Probe, items: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows of table `generations` of a probe's checkpoint: its completions of all items.

    Args:
        probe: The probe.
        items: Other questions in place of the probe's items, in the same columns. They may have the ids of its items,
            since the log also holds the digest of each prompt.

    Returns:
        One row per item and sample.
    """
    protocol = probe.protocol.digest if items is None else None
    with answering(probe, probe.sampling, "generations", protocol=protocol) as answer:
        return answer(probe.items if items is None else items, probe.item_set)


@contextmanager
def answering(
    probe: Probe,
    sampling: SamplingSettings,
    task: str,
    expected: pl.DataFrame | None = None,
    *,
    some_must_fit: bool = True,
    protocol: str | None = None,
) -> Iterator[Answering]:
    """Completions of any items by a probe's checkpoint, whose backend is opened for the first of them.

    Args:
        probe: The checkpoint and the settings; its items do not matter.
        sampling: Sampling settings of the completions.
        task: What the completions are for, in the line that shows the progress.
        expected: Items that will be asked for, so that the backend is opened once with room for all of them.
        some_must_fit: False to take items none of which fits in the model's context as not answered.
        protocol: As of `completing`.

    Yields:
        A function of items and the digest of their set. Completions that were generated before on the same bytes are
        reused, whatever set their items belonged to.

    Raises:
        SkillprobeError: As of the backend and of the prompts.
    """
    from skillprobe_core.models.completion_limits import longest
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    from .generate_rows import requests_for
    from .row_sampling import sampling_for

    tokenizer = load_tokenizer(probe.checkpoint.files)
    of_rows = sampling_for(probe, tokenizer, sampling)
    awaited = [] if expected is None else requests_for(expected, tokenizer, of_rows, probe.prompt_format)
    room = longest(awaited, of_rows) or 0
    with completing(probe, of_rows, task, some_must_fit=some_must_fit, protocol=protocol) as complete:

        def answer(items: pl.DataFrame, item_set: str) -> pl.DataFrame:
            return complete(requests_for(items, tokenizer, of_rows, probe.prompt_format), item_set, room)

        yield answer


@contextmanager
def completing(
    probe: Probe,
    of_rows: SamplingSettings,
    task: str,
    *,
    some_must_fit: bool = True,
    protocol: str | None = None,
) -> Iterator[Completing]:
    """Completions of any requests by a probe's checkpoint, whose backend is opened for the first of them.

    Args:
        probe: The checkpoint and the settings; its items do not matter.
        of_rows: Sampling settings of the rows, as they are (see `row_sampling.py`).
        task: What the completions are for, in the line that shows the progress.
        some_must_fit: False to take requests none of which fits in the model's context as not answered.
        protocol: The digest of the protocol whose results the answers become, which can then be read as they finish
            (`answers_so_far`); None for answers that are not results.

    Yields:
        A function of requests, the digest of their items' set and the room of later requests. Completions that were
        generated before on the same bytes are reused.

    Raises:
        SkillprobeError: As of the backend.
    """
    from skillprobe_core.models.completion_limits import longest
    from skillprobe_core.models.token_ids import check_token_ids
    from skillprobe_core.models.tokenizer_loading import load_tokenizer
    from skillprobe_core.runs.scratch_entries import log_lock

    from .chunk_log import ChunkLog, log_version
    from .generate_rows import generate, prompt_digests
    from .open_generations import OpenGeneration, noted

    seal = probe.seal  # before anything of the checkpoint is loaded
    files = probe.checkpoint.files
    tokenizer = load_tokenizer(files)
    opened = _Opened(probe)

    def complete(requests: Sequence[Request], item_set: str, room: int) -> pl.DataFrame:
        check_token_ids(files, tokenizer, (request.prompt_ids for request in requests))
        backend = opened.with_room(max(longest(requests, of_rows) or 0, room))
        version = log_version(seal.identity.digest, backend.name, of_rows.row_canonical())
        logs = probe.store.scratch("generations")
        probe.project.scratch.room_for(0, logs)
        note: AbstractContextManager[None] = nullcontext()
        if protocol is not None:
            prompts = tuple(sorted(prompt_digests(requests).values()))
            key = (probe.checkpoint.model, probe.checkpoint.step, protocol, item_set, of_rows.row_canonical())
            note = noted(probe.store.scratch(), OpenGeneration(*key, version, prompts, len(requests)))
        # Others may use the log at the same time, but nobody may remove it.
        with (
            probe.store.lock(log_lock(version), shared=True),
            note,
            progress(f"{probe.checkpoint.key} {task}", len(requests)) as reporter,
        ):
            return generate(
                backend,
                requests,
                of_rows,
                checkpoint=probe.checkpoint,
                item_set=item_set,
                chunk_log=ChunkLog(logs, version),
                progress=reporter,
                some_must_fit=some_must_fit,
                confirm=partial(seal.check, in_use=True),
            )

    try:
        yield complete
    finally:
        opened.close()


class _Opened:
    """The backend of a probe's checkpoint, opened again where prompts with their completions become longer."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._backend: Backend | None = None
        self._room = 0

    def with_room(self, wanted: int) -> Backend:
        """The backend, for sequences of at least so many tokens."""
        from skillprobe_core.models.backends import open_backend

        compute = self._probe.settings.compute
        if self._backend is None or wanted > self._room:
            self.close()
            # Twice the room from the second time on: the batches of a pilot grow.
            self._room = max(wanted, 2 * self._room)
            self._backend = open_backend(
                self._probe.checkpoint.files,
                compute.backend,
                dtype=self._probe.number_type.torch,
                device=self._probe.device,
                url=compute.url,
                api_key=compute.api_key(),
                max_length=self._room or None,
                idle_seconds=compute.engine_idle_seconds,
                reload=compute.reload,
                devices=self._probe.devices,
            )
        return self._backend

    def close(self) -> None:
        """Close the backend, if it is open."""
        if self._backend is not None:
            self._backend.close()
        self._backend = None
