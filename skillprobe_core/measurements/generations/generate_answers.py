"""Generation of a checkpoint's completions; a killed run resumes where it stopped."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from skillprobe_core.measurements.probe import Probe
from skillprobe_core.progress import progress


def generated(probe: Probe, items: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows of table `generations` of a probe's checkpoint: its completions of all items.

    Args:
        probe: The probe.
        items: Other questions in place of the probe's items, in the same columns. They may have the ids of its items,
            since the log also holds the digest of each prompt.

    Returns:
        One row per item and sample.
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
    sampling = probe.settings.sampling
    sampling = replace(sampling, stop=(*sampling.stop, *few_shot_stop(backend.tokenizer, probe.settings.prompts.shots)))
    requests = requests_for(probe.items if items is None else items, backend.tokenizer, sampling)
    check_token_ids(probe.checkpoint.files, backend.tokenizer, (request.prompt_ids for request in requests))
    version = log_version(probe.identity.digest, backend.name, sampling.row_canonical())
    try:
        with progress(f"{probe.checkpoint.key} generations", len(requests)) as reporter:
            return generate(
                backend,
                requests,
                sampling,
                checkpoint=probe.checkpoint,
                item_set=probe.item_set,
                chunk_log=ChunkLog(probe.store.scratch("generations"), version),
                progress=reporter,
            )
    finally:
        backend.close()
