"""One line about the tokens of a `logit_divergence` frame that are not compared."""

from __future__ import annotations

import polars as pl


def outside_line(frame: pl.DataFrame) -> str:
    """Number of logits and text tokens that are not compared, with their probability; empty if everything is.

    Args:
        frame: Rows of `logit_divergence` of one checkpoint.

    Returns:
        Means over all measured tokens; rows of earlier versions, which have no masses, are only counted.
    """
    found = frame.select(pl.col("vocabulary", "vocabulary_left_out").max(), pl.col("tokens", "tokens_left_out").sum())
    shared, logits, tokens, left_out = (int(number or 0) for number in found.row(0))
    if not logits and not left_out:
        return ""
    line = f"divergence over the {shared:,} tokens that both models have"
    if logits:
        line += f"; {logits:,} other logits (added tokens, padding)"
        measured = frame.drop_nulls("base_mass_outside").filter(pl.col("tokens") > 0)
        if measured.height:
            weight = pl.col("tokens") / pl.col("tokens").sum()
            means = measured.select((pl.col("base_mass_outside", "checkpoint_mass_outside") * weight).sum())
            base, checkpoint = means.row(0)
            line += f" have {base:.2%} of the base's probability and {checkpoint:.2%} of the checkpoint's"
    if left_out:
        line += f"; {left_out:,} of {tokens + left_out:,} text tokens are left out, since only one model has them"
    return line
