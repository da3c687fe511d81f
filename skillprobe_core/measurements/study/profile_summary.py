"""Summary of a profile: drift, imbalance and collapsed cells."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.stats import rankdata

_NOISE = float(np.sqrt(2 / np.pi))
_WIDTH = 2 * 1.959963984540054


def profile_summary(tests: pl.DataFrame) -> pl.DataFrame:
    """One row per checkpoint from the cell rows of `profile_tests` (or `study_tests`).

    Columns: model, step, item_set, cells; `drift`, the mean over cells of |accuracy - base accuracy|, and
    `drift_noise`, the drift expected if nothing had changed (half-normal mean of each cell's standard error: a mean of
    absolute values is never 0); `rank_correlation`, Spearman's between the two profiles, null if one is flat;
    `imbalance`, the standard deviation of the change over cells; `worst_change` with `worst_skill` and `worst_domain`;
    `collapsed`, the number of collapsed cells, and `collapsed_cells`, their names; `output_broken`, the number of cells
    with fewer than half of their answers well-formed.
    """
    cells = tests.filter(pl.col("scope") == "cell").sort("model", "step", "skill", "domain")
    name = pl.concat_str("skill", "domain", separator="/")
    worst = pl.col("change").arg_min()
    error = (pl.col("change_high") - pl.col("change_low")) / _WIDTH
    return cells.group_by("model", "step", "item_set", maintain_order=True).agg(
        pl.len().alias("cells"),
        pl.col("change").abs().mean().alias("drift"),
        (error.mean() * _NOISE).alias("drift_noise"),
        pl.struct("accuracy", "base_accuracy")
        .map_batches(_spearman, return_dtype=pl.Float64, returns_scalar=True)
        .alias("rank_correlation"),
        pl.col("change").std(ddof=0).alias("imbalance"),
        pl.col("change").min().alias("worst_change"),
        pl.col("skill").get(worst).alias("worst_skill"),
        pl.col("domain").get(worst).alias("worst_domain"),
        pl.col("collapse").sum().alias("collapsed"),
        name.filter(pl.col("collapse")).alias("collapsed_cells"),
        pl.col("output_broken").sum(),
    )


def _spearman(profiles: pl.Series) -> float | None:
    """Pearson correlation of mid-ranks (Spearman 1904)."""
    ranks = [rankdata(profiles.struct.field(side).to_numpy().round(12)) for side in ("accuracy", "base_accuracy")]
    deviations = [rank - rank.mean() for rank in ranks]
    scale = float(np.sqrt(np.prod([(deviation**2).sum() for deviation in deviations])))
    return float(deviations[0] @ deviations[1]) / scale if scale > 0 else None
