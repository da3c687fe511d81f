"""What was drawn independently: the unit of every interval and every test.

A procedural kind has a handful of wordings, all of them in every item set, and draws its items independently
given the wording. The wordings are a census, not a sample: the accuracy that is estimated is the one over
the kind's own wordings, its randomness is that of the draws, so the item is the unit. Taking two to eight
wordings for the unit would answer another question (how the model does on wordings that nobody wrote) with no
power: a sign-flip test over g units has no p below 2 ** (1 - g). What such a unit would protect against, a change
that depends on the wording, is tested for and reported instead (`skillprobe_core.analysis.wordings`).

Where items came in families that were themselves sampled, as several derived from one public document, the
template names the family and the template is the unit. A source shows that it is of this sort by having many
templates in a cell; below twenty, robust variances fail (Cameron, Gelbach, Miller 2008) and the templates are
taken for a fixed list, like wordings.
"""

from __future__ import annotations

import polars as pl

from skillprobe_core.items.schema import PROCEDURAL

FEWEST_SAMPLED_TEMPLATES = 20


def with_units(items: pl.DataFrame) -> pl.DataFrame:
    """`items` with a column `unit`: rows with the same unit were drawn together and are flipped together."""
    templates = pl.col("template").n_unique().over("skill", "domain", "source")
    by_template = (pl.col("source") != PROCEDURAL) & (templates >= FEWEST_SAMPLED_TEMPLATES)
    return items.with_columns(
        pl.when(by_template)
        .then(pl.concat_str(pl.col("source"), pl.lit("\t"), pl.col("template")))
        .otherwise(pl.col("item_id"))
        .alias("unit")
    )
