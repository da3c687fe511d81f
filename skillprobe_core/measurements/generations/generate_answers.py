"""Generation of a checkpoint's completions; a killed run resumes where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

import polars as pl

from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.progress import progress

Answering: TypeAlias = Callable[[pl.DataFrame, str], pl.DataFrame]
"""Rows of table `generations` for items, as `Probe.items` has them, and the digest of their set."""


def generated(probe: Probe, items: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows of table `generations` of a probe's checkpoint: its completions of all items.

    Args:
        probe: The probe.
        items: Other questions in place of the probe's items, in the same columns. They may have the ids of its items,
            since the log also holds the digest of each prompt.

    Returns:
        One row per item and sample.
    """
    with answering(probe, probe.settings.sampling, "generations") as answer:
        return answer(probe.items if items is None else items, probe.item_set)


@contextmanager
def answering(probe: Probe, sampling: SamplingSettings, task: str) -> Iterator[Answering]:
    """Open the backend of a probe's checkpoint for completions of any items.

    Args:
        probe: The checkpoint and the settings; its protocol does not matter.
        sampling: Sampling settings of the completions.
        task: What the completions are for, in the line that shows the progress.

    Yields:
        A function of items and the digest of their set. Completions that were generated before on the same bytes are
        reused, whatever set their items belonged to.

    Raises:
        SkillprobeError: As of the backend and of the prompts.
    """
    from skillprobe_core.models.backends import open_backend
    from skillprobe_core.models.prompts import few_shot_stop
    from skillprobe_core.models.token_ids import check_token_ids

    from .chunk_log import ChunkLog, log_version
    from .generate_rows import generate, requests_for

    compute = probe.settings.compute
    backend = open_backend(
        probe.checkpoint.files, compute.backend, dtype=probe.number_type.torch, device=compute.device, url=compute.url
    )
    sampling = replace(sampling, stop=(*sampling.stop, *few_shot_stop(backend.tokenizer, probe.settings.prompts.shots)))
    version = log_version(probe.identity.digest, backend.name, sampling.row_canonical())

    def answer(items: pl.DataFrame, item_set: str) -> pl.DataFrame:
        requests = requests_for(items, backend.tokenizer, sampling)
        check_token_ids(probe.checkpoint.files, backend.tokenizer, (request.prompt_ids for request in requests))
        with progress(f"{probe.checkpoint.key} {task}", len(requests)) as reporter:
            return generate(
                backend,
                requests,
                sampling,
                checkpoint=probe.checkpoint,
                item_set=item_set,
                chunk_log=ChunkLog(probe.store.scratch("generations"), version),
                progress=reporter,
            )

    try:
        yield answer
    finally:
        backend.close()
