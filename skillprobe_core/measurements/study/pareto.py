"""Cost of a gain in the target cells: the drop elsewhere."""

from __future__ import annotations

import numpy as np
import polars as pl


def gain_and_drop(tests: pl.DataFrame, targets: list[tuple[str, str]]) -> pl.DataFrame:
    """One row per checkpoint: `gain`, the mean change over the target cells, and `drop`, minus that over all others.

    targets: (skill, domain) of the cells that were trained on; all cells have equal weight. `on_front`: no other
    checkpoint has at least this gain at no larger drop and is better in one of the two. Further columns: model, step,
    item_set, and `worst_change`, the most negative change among the other cells.
    """
    cells = tests.filter(pl.col("scope") == "cell")
    chosen = pl.struct("skill", "domain").is_in([{"skill": skill, "domain": domain} for skill, domain in targets])
    points = (
        cells.group_by("model", "step", "item_set")
        .agg(
            pl.col("change").filter(chosen).mean().alias("gain"),
            (-pl.col("change").filter(~chosen).mean()).alias("drop"),
            pl.col("change").filter(~chosen).min().alias("worst_change"),
        )
        .sort("model", "step", "item_set")
    )
    gain, drop = points["gain"].to_numpy(), points["drop"].to_numpy()
    no_worse = (gain[:, None] >= gain) & (drop[:, None] <= drop)
    better = (gain[:, None] > gain) | (drop[:, None] < drop)
    return points.with_columns(pl.Series("on_front", ~np.any(no_worse & better, axis=0)))
