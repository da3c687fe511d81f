"""The line about tensors that are not compared."""

import polars as pl

from skillprobe_core.measurements.parameters.left_out import left_out


def frame(*rows):
    schema = {"tensor": pl.String, "status": pl.String, "elements": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_nothing_is_said_where_all_is_compared():
    assert left_out(frame(("a", "compared", 30), ("head", "tied", 30))) == ""


def test_each_status_is_counted_with_its_share_and_an_example():
    found = left_out(
        frame(
            ("a", "compared", 60), ("head", "tied", 999), ("mtp.a", "missing", 20), ("mtp.b", "missing", 10),
            ("embed[new rows]", "new", 10), ("q", "quantised", None),
        )
    )  # fmt: skip
    assert found == (
        "2 tensors only in the compared checkpoint, 30.00% of the parameters (for example mtp.a); "
        "1 tensor only in this one, 10.00% of the parameters (embed[new rows]); "
        "1 tensor in a quantised format that is not dequantised (q)"
    )
