"""One line about the tensors of a `parameter_stats` frame that are not compared."""

from __future__ import annotations

import polars as pl

WORDS = {
    "missing": "only in the compared checkpoint",
    "new": "only in this one",
    "reshaped": "of another shape",
    "quantised": "in a quantised format that is not dequantised",
}


def left_out(frame: pl.DataFrame) -> str:
    """Number and share of the tensors without measures, by status, with an example of each; empty if there are none.

    Shares are of the elements of all rows; tensors of unknown shape have none.
    """
    total = max(int(frame.filter(pl.col("status") != "tied")["elements"].sum()), 1)
    parts = []
    for status, words in WORDS.items():
        rows = frame.filter(status=status)
        if rows.height:
            known = int(rows["elements"].sum())
            share = f", {known / total:.2%} of the parameters" if known else ""
            tensors = "tensor" if rows.height == 1 else "tensors"
            example = rows["tensor"][0] if rows.height == 1 else f"for example {rows['tensor'][0]}"
            parts.append(f"{rows.height} {tensors} {words}{share} ({example})")
    return "; ".join(parts)
