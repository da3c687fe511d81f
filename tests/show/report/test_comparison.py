"""`skillprobe compare` on planted changes: what moved, whether it is noise, and the items that say so."""

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.show.report.comparison import most_informative


def stored(study: Store, table, model: str, step: int) -> pl.DataFrame:
    return study.read(table, Partition.checkpoint(model, step, current_protocol(study).protocol))


def test_the_items_that_say_most_come_from_the_cell_that_fell(study: Store) -> None:
    sides = [stored(study, VERDICTS, "planted-sft", step) for step in (0, 300)]
    said = [stored(study, GENERATIONS, "planted-sft", step) for step in (0, 300)]
    telling = most_informative(*sides, judged_items(study, current_protocol(study).protocol), *said)
    first = telling.row(0, named=True)
    assert (first["skill"], first["domain"], first["outcome"]) == ("simulation", "science", "forgotten")
    assert first["before"] == f"Answer: {first['answer']}"
    assert first["after"] != first["before"]
    assert telling.select("skill", "domain").is_unique().all()
