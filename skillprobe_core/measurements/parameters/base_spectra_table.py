"""The `base_spectra` table: spectra of a base, computed once for all its checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure
from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Column, Need, Table
from skillprobe_core.measurements.needs import BASE_WEIGHTS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.runs.model_files import ModelFiles


def codes_of(*models: ModelFiles) -> dict[str, str]:
    """The version of the readers of quantised weights; nothing for all other models, whose rows stay as they are."""
    from skillprobe_core.runs.quantised import holds_codes
    from skillprobe_core.runs.weights import open_weights

    return {"codes": "2"} if any(not each.command and holds_codes(open_weights(each)) for each in models) else {}


SPECTRA = Need("spectra", lambda probe: probe.settings.parameters.inputs())
"""The matrices whose spectra are computed."""


def _compute(probe: Probe) -> Iterator[pl.DataFrame]:
    from skillprobe_core.measurements.parameters.spectral.on_device import spectra_device
    from skillprobe_core.runs.weights import open_weights

    from .spectra_of_base import spectra_by_matrix

    return spectra_by_matrix(
        open_weights(probe.base.files),
        digest=probe.base_identity.weights_digest,
        spectra=probe.settings.parameters.spectra,
        device=spectra_device(probe.device),
        through=probe.giving_way(BASE_SPECTRA),
    )


def _figure(spectra: pl.DataFrame, *_: object) -> tuple[str, str] | None:
    from .spectra_figure import spectra_figure

    return spectra_figure(spectra)


BASE_SPECTRA = Table(
    name="base_spectra",
    version=1,
    about="One row per matrix of a base: its singular values and leading singular vectors",
    key=("base", "tensor"),
    partitioned=False,
    columns=(
        Column("base", pl.String, "Digest of the base's weights"),
        Column("tensor", pl.String, "Name of the tensor; slices of stacked experts are numbered: NAME[0]"),
        Column("rows", pl.Int64, "Longer side of the matrix"),
        Column("columns", pl.Int64, "Shorter side of the matrix"),
        Column("singular_values", pl.List(pl.Float64), "All singular values, descending"),
        Column("vectors", pl.Int32, "Number of leading singular vectors kept"),
        Column("right_vectors", pl.Binary, "Those of the shorter side, concatenated, as little-endian float64"),
    ),
    more="The partition is the checkpoint's, since assets depend on each other by equal partitions; the rows are "
    "stored under the base's digest, so that all checkpoints of its models read one file.",
    needs=(BASE_WEIGHTS, SPECTRA, Need("codes", lambda probe: codes_of(probe.base.files))),
    compute=_compute,
    enabled=lambda probe: probe.settings.parameters.spectra != "off",
    code_version="3",
    late=True,
    place=lambda probe: Partition((f"base={probe.base_identity.weights_digest[:16]}",)),
    figure=Figure(_figure, history=False),
    group="mechanisms",
    pool="weights",
    kinds=("numpy", "parquet"),
)
