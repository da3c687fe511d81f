"""`representation_shift`: shift of the hidden states on the benchmark's text and on unrelated text."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.representation_shift import REPRESENTATION_SHIFT
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage


def _inputs(probe: Probe) -> dict[str, str]:
    return {
        "checkpoint": probe.identity.digest,
        "base": probe.base_identity.digest,
        "items": probe.item_set,
        "dtype": probe.number_type.dtype,
    }


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.checkpoints.loading import load_model, load_tokenizer
    from skillprobe_core.divergence.representation import layer_states, shift_of_states, spread, unrelated_texts
    from skillprobe_core.divergence.texts import reference_texts, within_context
    from skillprobe_core.inference.limits import shorter_context

    compute = probe.settings.compute
    tokenizer = load_tokenizer(probe.base.path)
    positions = shorter_context(probe.base.path, probe.checkpoint.path)
    texts = [
        spread(within_context(some, positions))
        for some in (reference_texts(tokenizer, probe.items), unrelated_texts(tokenizer))
    ]
    # One model at a time, the base first: the divergence on own text left it loaded.
    folders = [probe.base.path, probe.checkpoint.path]
    if probe.identity.digest == probe.base_identity.digest:
        folders.pop()
    states = []
    for folder in folders:
        model = load_model(folder, dtype=probe.number_type.torch, device=compute.device)
        states.append([layer_states(model, some) for some in texts])
    return pl.concat(
        shift_of_states(base, checkpoint, some, model=probe.checkpoint.model, step=probe.checkpoint.step)
        for base, checkpoint, some in zip(states[0], states[-1], texts, strict=True)
    )


STAGE = Stage(REPRESENTATION_SHIFT, code_version="1", inputs=_inputs, compute=_compute, shared_base=True)
