import polars as pl

from skillprobe_core.measurements.study.pareto import gain_and_drop

TARGETS = [("calculation", "math")]


def test_front_holds_what_nothing_beats(tested) -> None:
    points = gain_and_drop(tested, TARGETS)
    for row in points.rows(named=True):
        beaten = points.filter(
            (pl.col("gain") >= row["gain"])
            & (pl.col("drop") <= row["drop"])
            & ((pl.col("gain") > row["gain"]) | (pl.col("drop") < row["drop"]))
        )
        assert row["on_front"] == beaten.is_empty()
    front = points.filter(on_front=True)
    assert front["model"].unique().to_list() == ["careful"]
    assert points.filter(model="careful")["drop"].to_list() == [0.0] * 3
