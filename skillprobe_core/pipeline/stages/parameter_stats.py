"""`parameter_stats`: change of each weight tensor from the base and from the previous checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
from skillprobe_core.pipeline.base_spectra import load_base_spectra
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage

if TYPE_CHECKING:
    from skillprobe_core.checkpoints.weights import Weights


def previous_inputs(probe: Probe) -> dict[str, str]:
    """Digest and step of the previous checkpoint, the second reference; empty if there is none.

    Trainers delete old checkpoints: rows compared with a deleted one stay valid, and keep their version.
    """
    if probe.previous is not None and probe.previous_identity is not None:
        return {"previous": probe.previous_identity.weights_digest, "previous_step": str(probe.previous.step)}
    stored = probe.store.provenance(PARAMETER_STATS, probe.partition)
    if stored is None or (stored.table_version, stored.code_version) != (PARAMETER_STATS.version, STAGE.code_version):
        return {}
    now = _sides(probe)
    if any(stored.inputs.get(name) != digest for name, digest in now.items()):
        return {}
    return {name: stored.inputs[name] for name in ("previous", "previous_step") if name in stored.inputs}


def _sides(probe: Probe) -> dict[str, str]:
    return {"checkpoint": probe.identity.weights_digest, "base": probe.base_identity.weights_digest}


def _inputs(probe: Probe) -> dict[str, str]:
    return {**_sides(probe), **previous_inputs(probe)}


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.checkpoints.weights import open_weights
    from skillprobe_core.parameters.spectral.on_device import spectra_device
    from skillprobe_core.parameters.stats import parameter_stats

    base, checkpoint = open_weights(probe.base.path), open_weights(probe.checkpoint.path)
    previous = _usable_previous(probe)
    return parameter_stats(
        base,
        checkpoint,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        previous=previous,
        previous_step=probe.previous.step if probe.previous is not None and previous is not None else None,
        base_spectra=load_base_spectra(probe)[0],
        device=spectra_device(probe.settings.compute.device),
    )


def _usable_previous(probe: Probe) -> Weights | None:
    """The previous checkpoint's weights; None if it is damaged, which its own probe reports."""
    from skillprobe_core.checkpoints.validation import all_finite, same_shapes
    from skillprobe_core.checkpoints.weights import open_weights

    if probe.previous is None or probe.previous_identity is None:
        return None
    try:
        same_shapes(probe.previous.path, probe.base.path)
        all_finite(probe.previous.path)
        return open_weights(probe.previous.path)
    except CheckpointError:
        return None


STAGE = Stage(PARAMETER_STATS, code_version="2", inputs=_inputs, compute=_compute, shared_base=True)
