"""Independent units: what was drawn independently, for every interval and every test.

A procedural kind has a handful of wordings, all of them in every item set, and draws its items independently
given the wording. The wordings are a census, not a sample: the estimated accuracy is the one over the kind's own
wordings and its randomness is that of the draws, so the item is the unit. Using two to eight wordings as units would
answer a different question (accuracy on wordings that nobody wrote) with no power: a sign-flip test over g units has
no p below 2 ** (1 - g). A change that depends on the wording, which such units would guard against, is tested and
reported separately (`skillprobe_core.stats.wordings`).

Facts are the exception: their tables are short, and several wordings, kinds and forms ask for the same fact. An item
set has each fact once per cell (`item_set.build_item_set`), so there the item is the unit as well. Sets drawn by
earlier versions may repeat a fact; there all items whose reference states the same fact are one unit.

If items come in families that were themselves sampled, such as several items derived from one public document, the
template names the family and the template is the unit. Sources of this sort are recognised by their many templates in
a cell; below twenty, robust variances fail (Cameron, Gelbach, Miller 2008) and the templates count as a fixed list,
like wordings.
"""

from __future__ import annotations

import polars as pl

from .item_schema import PROCEDURAL

FEWEST_SAMPLED_TEMPLATES = 20
# `capital of Peru is Lima` in a kind of facts: `KIND/FORM/RELATION/WORDING`, and the first line of the reference
# without the law before the fact and the option's letter after it.
_ON_FACTS = r"^[^/]+_(?:choice|guided|recall)/(?:direct|inverse|two_hops)/[^/]+/[^/]+$"
_AROUND_FACT = r"^(?:By .+?, |The subject is .+?\. )| That is [A-D]\.$"


def with_units(items: pl.DataFrame) -> pl.DataFrame:
    """`items` with a column `unit`: rows with the same unit were drawn together and are flipped together.

    Facts are recognised by `reference`; without this column no two items are on the same fact.
    """
    templates = pl.col("template").n_unique().over("skill", "domain", "source")
    by_template = (pl.col("source") != PROCEDURAL) & (templates >= FEWEST_SAMPLED_TEMPLATES)
    on_fact = (pl.col("source") == PROCEDURAL) & pl.col("template").str.contains(_ON_FACTS)
    reference = pl.col("reference" if "reference" in items.columns else "item_id")
    fact = reference.str.split("\n").list.first().str.replace_all(_AROUND_FACT, "").str.to_lowercase()
    return items.with_columns(
        pl.when(by_template)
        .then(pl.concat_str(pl.col("source"), pl.lit("\t"), pl.col("template")))
        .when(on_fact)
        .then(pl.col("item_id").min().over("domain", on_fact, fact))
        .otherwise(pl.col("item_id"))
        .alias("unit")
    )
