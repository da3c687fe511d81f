"""The `base_spectra` table: spectra of a base, computed once for all its checkpoints."""

import polars as pl

from skillprobe_core.engine.table import Column, Table

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
)
