"""Worked examples for few-shot prompts: questions of the training split with their reference answers."""

from __future__ import annotations

import polars as pl

from skillprobe_core.errors import ItemError

from .item_schema import PROCEDURAL, Split
from .kind_registry import kind_named
from .splits import draw

EXAMPLES = pl.List(pl.Struct({"prompt": pl.String, "reference": pl.String}))
# A small level repeats its prompts; after this many draws for one example, no further one is expected.
_PATIENCE = 100


def with_examples(items: pl.DataFrame, shots: int, seed: int = 0) -> pl.DataFrame:
    """The items with a column `examples`: `shots` worked examples, the same for all items of a kind and level.

    They come from the training split, so that no item is its own example, and depend only on kind, level, shots and
    seed. Items of public data sets, which are not generated here, have no examples. Raises ItemError for an unknown
    kind or one with too few training prompts.
    """
    cells = items.filter(source=PROCEDURAL).select("kind", "level").unique().sort("kind", "level")
    examples = [_examples(kind, level, shots, seed) for kind, level in cells.iter_rows()]
    column = pl.Series("examples", examples, EXAMPLES)
    return items.join(cells.with_columns(column), on=["kind", "level"], how="left", maintain_order="left")


def _examples(kind_name: str, level: int, shots: int, seed: int) -> list[dict[str, str]]:
    kind = kind_named(kind_name)
    found: dict[str, str] = {}
    for index in range(shots * _PATIENCE):
        if len(found) == shots:
            break
        item = draw(kind, level, Split.TRAIN, seed, index)
        if item is not None:
            found.setdefault(item.prompt, item.reference)
    if len(found) < shots:
        raise ItemError(
            f"kind {kind_name!r}, level {level} has only {len(found)} training prompts for {shots} shots",
            remedy=f"set `shots` under [prompts] (or --shots) to at most {len(found)}, or remove the level or kind "
            "from `levels` or `kinds` under [items]",
        )
    return [{"prompt": prompt, "reference": reference} for prompt, reference in found.items()]
