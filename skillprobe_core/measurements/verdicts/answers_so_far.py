"""The answers of checkpoints whose generation is not finished, judged: so far, and never a result.

Short answers finish first, so an accuracy so far is not an estimate of the final one. It is only comparable with that
of the base on the same answers, which is why that is next to it. No test is made on these rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.fair_reading import FAIR, fair
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.open_generations import OpenGeneration, open_generations
from skillprobe_core.measurements.items.wanted_items import items_of_set

from .judge_generations import verdicts
from .verdicts_table import VERDICTS

if TYPE_CHECKING:
    import duckdb

VIEW = "answers_so_far"
"""Name of the SQL view."""

_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "model": (pl.String(), "Model"),
    "step": (pl.Int64(), "Optimizer steps since the base; 0 is the base itself"),
    "protocol": (pl.String(), "Digest of the protocol that the checkpoint is evaluated under"),
    "item_id": (pl.String(), "Item"),
    "sample": (pl.Int32(), "Number of the sample, from 0"),
    "skill": (pl.String(), "Skill of the item"),
    "domain": (pl.String(), "Domain of the item"),
    "kind": (pl.String(), "Kind of the item"),
    "level": (pl.Int32(), "Level of the item"),
    "verdict": (pl.String(), "Verdict on the answer"),
    "base_verdict": (pl.String(), "Verdict on the base's answer to the same item and sample; null if there is none"),
    "completion_tokens": (pl.Int32(), "Tokens of the completion"),
    "expected": (pl.Int64(), "Answers of the checkpoint when all are there"),
}
_SCHEMA = pl.Schema({name: dtype for name, (dtype, _) in _COLUMNS.items()})


def answers_so_far(store: Store) -> pl.DataFrame:
    """The judged answers of checkpoints whose generation has begun and is not finished.

    Args:
        store: The store.

    Returns:
        One row per answer: model, step, protocol, item_id, sample, skill, domain, kind, level, verdict, base_verdict
        (of the base's answer to the same item and sample), completion_tokens and expected (answers of the checkpoint
        when all are there). Empty if no generation is open.

    Raises:
        StoreError: An item set or an answer cannot be read.
    """
    frames = [_answers(store, each) for each in open_generations(store.work())]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])


def summary_so_far(answers: pl.DataFrame) -> pl.DataFrame:
    """Accuracies so far, per checkpoint and skill, and over all skills.

    Args:
        answers: The rows of `answers_so_far`.

    Returns:
        One row per model, step, protocol and skill (`all` for all): answered, expected (over all skills), correct,
        accuracy, and base_accuracy over those answers that the base has too. Not an estimate of the final accuracy.
    """
    keys = ("model", "step", "protocol")
    right, base_right = pl.col("verdict") == "correct", pl.col("base_verdict") == "correct"
    both = pl.concat([answers, answers.with_columns(skill=pl.lit("all"))])
    return (
        both.group_by(*keys, "skill")
        .agg(
            answered=pl.len(),
            expected=pl.col("expected").first(),
            correct=right.sum(),
            accuracy=right.mean(),
            base_accuracy=base_right.mean(),
        )
        .sort(*keys, pl.col("skill") != "all", "skill")
    )


def add_view(connection: duckdb.DuckDBPyConnection, store: Store) -> set[str]:
    """Add the view `answers_so_far` to a connection and return the models in it; it is a copy made now."""
    answers = answers_so_far(store)
    connection.register(f"_{VIEW}", answers.to_arrow())
    connection.execute(f"CREATE TABLE {VIEW} AS SELECT * FROM _{VIEW}")
    connection.unregister(f"_{VIEW}")
    connection.execute(f"COMMENT ON TABLE {VIEW} IS 'Judged answers of unfinished checkpoints: so far, not results'")
    for column, (_, text) in _COLUMNS.items():
        quoted = text.replace("'", "''")
        connection.execute(f"COMMENT ON COLUMN {VIEW}.{column} IS '{quoted}'")
    return set(answers["model"])


def _answers(store: Store, generation: OpenGeneration) -> pl.DataFrame:
    items = items_of_set(store, generation.item_set)
    logged = ChunkLog(store.work("generations"), generation.log).rows()
    asked = logged.filter(pl.col("prompt_digest").is_in(pl.lit(pl.Series(generation.prompts)).implode()))
    rows = asked.join(items.select("item_id"), on="item_id", how="semi").with_columns(
        model=pl.lit(generation.model),
        step=pl.lit(generation.step),
        item_set=pl.lit(generation.item_set),
        reading=pl.lit(FAIR),
        sampling=pl.lit(generation.sampling),
    )
    judged = verdicts(rows, items).join(
        rows.select("item_id", "sample", "completion_tokens"), on=["item_id", "sample"], maintain_order="left"
    )
    frame = (
        judged.join(items.select("item_id", "skill", "domain", "kind", "level"), on="item_id", maintain_order="left")
        .join(_of_base(store, generation), on=["item_id", "sample"], how="left", maintain_order="left")
        .with_columns(protocol=pl.lit(generation.protocol), expected=pl.lit(generation.expected))
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()).sort("item_id", "sample")


def _of_base(store: Store, generation: OpenGeneration) -> pl.DataFrame:
    part = Partition.checkpoint(generation.model, 0, generation.protocol)
    if generation.step == 0 or not store.path(VERDICTS, part).exists():
        return pl.DataFrame(schema={"item_id": pl.String, "sample": pl.Int32, "base_verdict": pl.String})
    return fair(store.read(VERDICTS, part)).select("item_id", "sample", base_verdict="verdict")
