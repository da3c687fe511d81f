"""pass@k per cell, with intervals."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.scoring.pass_at_k import pass_at_k
from skillprobe_core.scoring.units import with_units
from skillprobe_core.scoring.verdicts import check_same_item_set
from skillprobe_core.scoring.wilson import clustered_variance, effective_size, wilson_interval
from skillprobe_core.store.readings import fair


def pass_at_k_intervals(verdicts: pl.DataFrame, items: pl.DataFrame, ks: list[int]) -> pl.DataFrame:
    """One row per checkpoint, group (cells, skills, domains, all) and k: pass@k and its 95 % interval.

    The unbiased estimate per item (Chen et al. 2021, arXiv 2107.03374), averaged over items; Wilson's interval on the
    number of items that would give the variance found over independent units. Columns: model, step, item_set, skill,
    domain, k, items, pass_at_k, low, high. Raises StoreError when an item has fewer samples than the largest k.
    """
    check_same_item_set(verdicts, items, what="verdicts")
    about = with_units(items).select("item_id", "unit", "skill", "domain")
    per_item = (
        fair(verdicts)
        .group_by("model", "step", "item_set", "item_id")
        .agg(pl.len().alias("samples"), (pl.col("verdict") == "correct").sum().alias("correct"))
        .join(about, on="item_id")
        .sort("model", "step", "item_id")
    )
    fewest = per_item["samples"].min()
    if isinstance(fewest, int) and max(ks) > fewest:
        raise StoreError(
            f"pass@{max(ks)} needs {max(ks)} samples per item, but some items have only {fewest}",
            remedy=f"use k up to {fewest}, or raise `samples` under [sampling] and generate again",
        )
    correct, samples = per_item["correct"].to_numpy(), per_item["samples"].to_numpy()
    tables = []
    for k in ks:
        passes = per_item.with_columns(pl.Series("passes", pass_at_k(correct, samples, k)))
        for summed in ([], ["domain"], ["skill"], ["skill", "domain"]):
            grouped = passes.with_columns(pl.lit("all").alias(name) for name in summed)
            tables.append(_intervals(grouped).with_columns(pl.lit(k, pl.Int32).alias("k")))
    keys = ["model", "step", "item_set", "skill", "domain", "k"]
    return pl.concat(tables).select(*keys, "items", "pass_at_k", "low", "high").sort(keys)


def _intervals(passes: pl.DataFrame) -> pl.DataFrame:
    keys = ["model", "step", "item_set", "skill", "domain"]
    residual = pl.col("passes") - pl.col("passes").mean().over(keys)
    units = (
        passes.with_columns(residual.alias("residual"))
        .group_by([*keys, "unit"], maintain_order=True)
        .agg(pl.col("residual").sum(), pl.col("passes").sum(), pl.len().alias("items"), pl.col("samples").sum())
    )
    table = units.group_by(keys, maintain_order=True).agg(
        pl.col("items").sum(),
        pl.col("samples").sum(),
        (pl.col("passes").sum() / pl.col("items").sum()).alias("pass_at_k"),
    )
    units = units.join(table.select(keys).with_row_index("group"), on=keys, how="left", maintain_order="left")
    owner = units["group"].to_numpy().astype(np.intp)
    variance, freedom = clustered_variance(units["residual"], units["items"], owner, table.height)
    mean = table["pass_at_k"].to_numpy()
    low, high = wilson_interval(mean, effective_size(mean * (1 - mean), variance, freedom, table["samples"]))
    return table.with_columns(pl.Series("low", low), pl.Series("high", high))
