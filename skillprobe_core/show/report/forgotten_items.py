"""Items that a base solved and a checkpoint does not, with both completions."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair

_SHOWN_OF_A_CHECKPOINT = 60
_SHOWN_OF_ALL = 3_000
_FEWEST = 8
_LONGEST = 2_000


def forgotten_items(verdicts: pl.DataFrame, generations: pl.DataFrame, items: pl.DataFrame) -> list[dict[str, object]]:
    """The forgotten items of every checkpoint, a model's last step first, the easiest items first.

    At most 60 per checkpoint, and fewer if there are many checkpoints, so that a report on twenty models still opens;
    `total` is their full number. Texts are cut after 2,000 characters.
    """
    keys = ["model", "item_id", "sample"]
    said = fair(verdicts).join(fair(generations).select("step", *keys, "completion"), on=["step", *keys])
    base = said.filter((pl.col("step") == 0) & (pl.col("verdict") == "correct"))
    lost = said.filter((pl.col("step") > 0) & (pl.col("verdict") != "correct")).join(
        base.select(*keys, pl.col("completion").alias("base_said")), on=keys
    )
    checkpoints = max(lost.select("model", "step").unique().height, 1)
    shown = max(_FEWEST, min(_SHOWN_OF_A_CHECKPOINT, _SHOWN_OF_ALL // checkpoints))
    about = items.select("item_id", "skill", "domain", "kind", "level", "prompt", "answer")
    texts = ("prompt", "base_said", "now_says")
    return (
        lost.rename({"completion": "now_says"})
        .join(about, on="item_id")
        .sort("model", "step", "level", "item_id", "sample", descending=[False, True, False, False, False])
        .with_columns(place=pl.int_range(pl.len()).over("model", "step"), total=pl.len().over("model", "step"))
        .filter(pl.col("place") < shown)
        .with_columns(_cut(name) for name in texts)
        .select(
            "model", "step", "skill", "domain", "kind", "level", "prompt", "answer", "base_said", "now_says",
            "verdict", "total",
        )
        .to_dicts()
    )  # fmt: skip


def _cut(name: str) -> pl.Expr:
    text = pl.col(name)
    return pl.when(text.str.len_chars() > _LONGEST).then(text.str.head(_LONGEST) + " …").otherwise(text).alias(name)
