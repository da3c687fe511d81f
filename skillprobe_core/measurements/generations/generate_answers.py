"""Generation of a checkpoint's completions; a killed run resumes where it stopped."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.probe import Probe
from skillprobe_core.progress import progress


def generated(probe: Probe) -> pl.DataFrame:
    """The rows of table `generations` of a probe's checkpoint: its completions of all items."""
    from skillprobe_core.models.backends import open_backend
    from skillprobe_core.models.completion_limits import longest
    from skillprobe_core.models.token_ids import check_token_ids
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    from .chunk_log import ChunkLog, log_version
    from .generate_rows import generate, requests_for
    from .row_sampling import sampling_for

    compute, files = probe.settings.compute, probe.checkpoint.files
    tokenizer = load_tokenizer(files)
    sampling = sampling_for(probe, tokenizer, probe.sampling)
    requests = requests_for(probe.items, tokenizer, sampling, probe.prompt_format)
    check_token_ids(files, tokenizer, (request.prompt_ids for request in requests))
    backend = open_backend(
        files,
        compute.backend,
        dtype=probe.number_type.torch,
        device=compute.device,
        url=compute.url,
        max_length=longest(requests, sampling),
    )
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
