"""Spectra of a base's weights: computed once, stored under the base's digest, read for every checkpoint."""

from __future__ import annotations

from pathlib import Path

from skillprobe_core.items.schema import digest_of
from skillprobe_core.measurements.base_spectra import BASE_SPECTRA
from skillprobe_core.store.parquet import Partition, Provenance

from .probe import Probe

CODE_VERSION = "2"


def partition_of(probe: Probe) -> Partition:
    """The partition of the spectra of a probe's base, which all models trained from it share."""
    return Partition((f"base={probe.base_identity.weights_digest[:16]}",))


def provenance_of(probe: Probe) -> Provenance:
    """The provenance of the spectra, which depend on the base's weights alone."""
    inputs = {"base": probe.base_identity.weights_digest}
    version = digest_of(BASE_SPECTRA.name, BASE_SPECTRA.version, CODE_VERSION, inputs)
    return Provenance(version, CODE_VERSION, inputs)


def load_base_spectra(probe: Probe) -> tuple[Path, bool]:
    """The file of table `base_spectra` for a probe's base, one row group per matrix; True if it was stored before."""
    provenance, part = provenance_of(probe), partition_of(probe)
    with probe.store.lock(f"{BASE_SPECTRA.name}-{provenance.data_version[:16]}"):
        stored = probe.store.provenance(BASE_SPECTRA, part)
        reused = stored is not None and stored.data_version == provenance.data_version
        if not reused:
            from skillprobe_core.checkpoints.weights import open_weights
            from skillprobe_core.parameters.base_spectra import spectra_by_matrix
            from skillprobe_core.parameters.spectral.on_device import spectra_device

            frames = spectra_by_matrix(
                open_weights(probe.base.path),
                digest=probe.base_identity.weights_digest,
                device=spectra_device(probe.settings.compute.device),
            )
            probe.store.write_parts(BASE_SPECTRA, part, frames, provenance)
    return probe.store.path(BASE_SPECTRA, part), reused
