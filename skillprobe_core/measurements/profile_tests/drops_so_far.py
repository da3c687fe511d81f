"""Monitoring of a run while it trains: the drops so far, at one error rate for the whole run."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.stats.significance import SIGNIFICANCE


def drops_so_far(store: Store, protocol: str, model: str, step: int, items: pl.DataFrame) -> pl.DataFrame:
    """Cells that have dropped by that step, tested after every checkpoint: rows of `sequential_tests`.

    The tested steps are the model's steps up to `step` that were judged under the protocol of this digest, whose items
    are `items`. For a run that loses nothing, the chance of ever naming a cell is at most 5 %, however many tests are
    made. Columns: skill, domain, change (now), first_step. Empty without verdicts of the base. Raises StoreError when a
    checkpoint did not answer the same items as the base.
    """
    from .sequential_tests import sequential_tests

    read = {
        at: store.read(VERDICTS, Partition.checkpoint(model, at, protocol))
        for at in store.steps(VERDICTS, model, protocol)
        if at <= step
    }
    base = read.pop(0, None)
    columns = ("skill", "domain", "change", "first_step")
    if base is None or not read:
        return pl.DataFrame(
            schema={"skill": pl.String, "domain": pl.String, "change": pl.Float64, "first_step": pl.Int64}
        )
    found = sequential_tests(pl.concat(read.values()), base, items)
    now = found.filter((pl.col("step") == max(read)) & pl.col("first_step").is_not_null())
    return now.select(columns).sort("first_step", "skill", "domain")


def drops_in_words(drops: pl.DataFrame) -> str:
    """The rows of `drops_so_far` in one line."""
    if drops.is_empty():
        return f"no significant drop in any cell so far (error rate {100 * SIGNIFICANCE:g} % over the whole run)"
    named = [
        f"{row['skill']}/{row['domain']} {row['change']:+z.2f} (significant since step {row['first_step']})"
        for row in drops.iter_rows(named=True)
    ]
    return f"significant drops so far (error rate {100 * SIGNIFICANCE:g} % over the whole run): {', '.join(named)}"
