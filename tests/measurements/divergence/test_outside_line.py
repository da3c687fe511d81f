"""The line about tokens that are not compared."""

import polars as pl

from skillprobe_core.measurements.divergence.outside_line import outside_line


def frame(**columns):
    rows = {
        "tokens": [1, 3],
        "tokens_left_out": [0, 0],
        "vocabulary": [1200, 1200],
        "vocabulary_left_out": [0, 0],
        "base_mass_outside": [0.0, 0.0],
        "checkpoint_mass_outside": [0.0, 0.0],
    }
    return pl.DataFrame(rows | columns)


def test_nothing_is_said_where_everything_is_compared():
    assert outside_line(frame()) == ""
    assert outside_line(frame().head(0)) == ""


def test_masses_are_means_over_tokens_and_left_out_tokens_are_counted():
    line = outside_line(frame(vocabulary_left_out=[70, 70], checkpoint_mass_outside=[0.5, 0.1], tokens_left_out=[1, 0]))
    assert line == (
        "divergence over the 1,200 tokens that both models have; 70 other logits (added tokens, padding) have 0.00% of "
        "the base's probability and 20.00% of the checkpoint's; 1 of 5 text tokens are left out, since only "
        "one model has them"
    )


def test_rows_of_an_earlier_version_are_only_counted():
    nothing = pl.Series([None, None], dtype=pl.Float64)
    rows = frame(
        vocabulary_left_out=[70, 70],
        tokens_left_out=pl.Series([None, None], dtype=pl.Int32),
        base_mass_outside=nothing,
        checkpoint_mass_outside=nothing,
    )
    assert outside_line(rows) == (
        "divergence over the 1,200 tokens that both models have; 70 other logits (added tokens, padding)"
    )


def test_items_without_tokens_do_not_count():
    rows = frame(tokens=[0, 3], vocabulary_left_out=[1, 1], base_mass_outside=[None, 0.25])
    assert "25.00% of the base's" in outside_line(rows)
