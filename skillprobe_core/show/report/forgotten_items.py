"""Items that a base solved and a checkpoint does not, with both completions."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair

_SHOWN_OF_A_CHECKPOINT = 60
_SHOWN_OF_ALL = 3_000
_FEWEST = 8
_LONGEST = 2_000


_SAMPLE = ("model", "step", "item_id", "sample")


def forgotten_items(verdicts: pl.DataFrame, generations: pl.DataFrame, items: pl.DataFrame) -> list[dict[str, object]]:
    """The forgotten items of every checkpoint, a model's last step first, the easiest items first.

    At most 60 per checkpoint, and fewer if there are many checkpoints, so that a report on twenty models still opens;
    `total` is their full number. Texts are cut after 2,000 characters.
    """
    shown = shown_items(verdicts, items)
    return with_texts(shown, fair(generations), items)


def shown_items(verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The forgotten items that are shown, in order: keys, `verdict` and `total`."""
    judged = fair(verdicts).select(*_SAMPLE, "verdict")
    right = pl.col("verdict") == "correct"
    base = judged.filter((pl.col("step") == 0) & right)
    lost = judged.filter((pl.col("step") > 0) & ~right).join(base, on=["model", "item_id", "sample"], how="semi")
    checkpoints = max(lost.select("model", "step").unique().height, 1)
    shown = max(_FEWEST, min(_SHOWN_OF_A_CHECKPOINT, _SHOWN_OF_ALL // checkpoints))
    return (
        lost.join(items.select("item_id", "level"), on="item_id")
        .sort("model", "step", "level", "item_id", "sample", descending=[False, True, False, False, False])
        .with_columns(place=pl.int_range(pl.len()).over("model", "step"), total=pl.len().over("model", "step"))
        .filter(pl.col("place") < shown)
        .drop("place", "level")
    )


def completions_of(shown: pl.DataFrame, generations: pl.DataFrame) -> pl.DataFrame:
    """The completions that `with_texts` needs of some checkpoints: of the shown items, and the base's of the same."""
    of_base = shown.with_columns(step=pl.lit(0, pl.Int64)).select(_SAMPLE).unique()
    wanted = pl.concat([shown.select(_SAMPLE), of_base])
    return fair(generations).join(wanted, on=_SAMPLE, how="semi").select(*_SAMPLE, "completion")


def with_texts(shown: pl.DataFrame, completions: pl.DataFrame, items: pl.DataFrame) -> list[dict[str, object]]:
    """The shown items with prompt, answer and both completions."""
    said = completions.select(*_SAMPLE, "completion")
    base = said.filter(pl.col("step") == 0).drop("step").rename({"completion": "base_said"})
    about = items.select("item_id", "skill", "domain", "kind", "level", "prompt", "answer")
    return (
        shown.join(said.rename({"completion": "now_says"}), on=_SAMPLE, maintain_order="left")
        .join(base, on=["model", "item_id", "sample"], maintain_order="left")
        .join(about, on="item_id", maintain_order="left")
        .with_columns(_cut(name) for name in ("prompt", "base_said", "now_says"))
        .select(
            "model", "step", "skill", "domain", "kind", "level", "prompt", "answer", "base_said", "now_says",
            "verdict", "total",
        )
        .to_dicts()
    )  # fmt: skip


def _cut(name: str) -> pl.Expr:
    text = pl.col(name)
    return pl.when(text.str.len_chars() > _LONGEST).then(text.str.head(_LONGEST) + " …").otherwise(text).alias(name)
