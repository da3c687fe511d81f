"""`logit_divergence`: how far the output distribution moved, on texts that stay the same."""

from __future__ import annotations

import polars as pl

from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage
from skillprobe_core.store.tables.logit_divergence import LOGIT_DIVERGENCE


def _inputs(probe: Probe) -> dict[str, str]:
    return {
        "checkpoint": probe.identity.digest,
        "base": probe.base_identity.digest,
        "items": probe.item_set,
        "dtype": probe.settings.compute.dtype,
    }


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.checkpoints.loading import load_model, load_tokenizer
    from skillprobe_core.divergence.compare import logit_divergence
    from skillprobe_core.divergence.states import base_states, load_states, save_states
    from skillprobe_core.divergence.texts import reference_texts

    compute = probe.settings.compute
    dtype = compute.torch_dtype()
    base_tokenizer = load_tokenizer(probe.base.path)
    texts = reference_texts(base_tokenizer, probe.items)
    folder = probe.store.scratch("base_states")
    owner = f"{probe.base_identity.digest[:32]}.{compute.dtype}"
    # The base's forward pass is made once; every checkpoint after that costs one forward of its own.
    with probe.store.lock(f"base_states-{owner}-{texts.digest}"):
        states = load_states(folder, owner, texts.digest)
        if states is None:
            states = base_states(load_model(probe.base.path, dtype=dtype, device=compute.device), texts)
            save_states(states, folder, owner)
    return logit_divergence(
        states,
        load_model(probe.checkpoint.path, dtype=dtype, device=compute.device),
        load_tokenizer(probe.checkpoint.path),
        probe.items,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        base_tokenizer=base_tokenizer,
    )


STAGE = Stage(LOGIT_DIVERGENCE, code_version="1", inputs=_inputs, compute=_compute, shared_base=True)
