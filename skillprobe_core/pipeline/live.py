"""Reading a run while it trains: what has dropped so far, at one error rate for the whole run."""

from __future__ import annotations

import polars as pl

from skillprobe_core.store.parquet import Partition, Store
from skillprobe_core.store.tables.verdicts import VERDICTS


def drops_so_far(store: Store, model: str, step: int, items: pl.DataFrame) -> pl.DataFrame:
    """Cells that have dropped by that step, looked at after every checkpoint: rows of `sequential_tests`.

    Looks are the model's judged steps up to `step` on the same item set. However often somebody looks, the chance of
    naming any cell of a run that loses nothing is at most 5 %. Columns: skill, domain, change (now), first_step. Empty
    without verdicts of the base. Raises StoreError where a checkpoint did not answer the items that the base did.
    """
    from skillprobe_core.analysis.sequential import sequential_tests

    item_set = items["item_set"][0]
    read = {
        at: store.read(VERDICTS, Partition.checkpoint(model, at))
        for name, at in store.partitions(VERDICTS)
        if name == model and at <= step
    }
    read = {at: frame for at, frame in read.items() if frame["item_set"].unique().to_list() == [item_set]}
    base = read.pop(0, None)
    columns = ("skill", "domain", "change", "first_step")
    if base is None or not read:
        return pl.DataFrame(
            schema={"skill": pl.String, "domain": pl.String, "change": pl.Float64, "first_step": pl.Int64}
        )
    found = sequential_tests(pl.concat(read.values()), base, items)
    now = found.filter((pl.col("step") == max(read)) & pl.col("first_step").is_not_null())
    return now.select(columns).sort("first_step", "skill", "domain")


def tell_drops(drops: pl.DataFrame) -> str:
    """The rows of `drops_so_far` in one line."""
    if drops.is_empty():
        return "no cell is shown to have dropped so far (5 % for the whole run)"
    named = [
        f"{row['skill']}/{row['domain']} {row['change']:+z.2f} (shown at step {row['first_step']})"
        for row in drops.iter_rows(named=True)
    ]
    return f"dropped so far (5 % for the whole run): {', '.join(named)}"
