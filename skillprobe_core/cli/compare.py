"""`skillprobe compare`: two stored checkpoints, item by item."""

from __future__ import annotations

from typing import Annotated

import typer


def compare(
    before: Annotated[str, typer.Argument(help="MODEL@STEP (or MODEL/STEP) compared with.")],
    after: Annotated[str, typer.Argument(help="MODEL@STEP (or MODEL/STEP) whose change is told.")],
) -> None:
    """Compare two checkpoints per skill and cell: both accuracies, paired change with interval, adjusted p."""
    import polars as pl

    from skillprobe_core.checkpoints.checkpoint import parse_key
    from skillprobe_core.pipeline.items import items_of_set
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.report.comparison import comparison
    from skillprobe_core.report.reading import read_tests
    from skillprobe_core.report.tables import print_table
    from skillprobe_core.store.parquet import Partition
    from skillprobe_core.store.tables.verdicts import VERDICTS

    store = Project.open().store
    first, second = (parse_key(key.replace("@", "/")) for key in (before, after))
    first_verdicts, second_verdicts = (store.read(VERDICTS, Partition.checkpoint(*key)) for key in (first, second))
    items = items_of_set(store, second_verdicts["item_set"][0])
    tests = comparison(first_verdicts, second_verdicts, items)
    shown = tests.select(
        "skill",
        "domain",
        "items",
        pl.col("base_accuracy").alias(f"{before}"),
        pl.col("accuracy").alias(f"{after}"),
        "change",
        "change_low",
        "change_high",
        "p_adjusted",
        "gained",
        "forgotten",
    )
    print_table(shown, title=f"Paired change from {before} to {after} on {len(items)} items")
    print(f"\n{read_tests(tests, after)}")
