"""The noise floor of real tiny checkpoints, by the command and by hand."""

import polars as pl

from skillprobe_core.measurements.probe import Probe

Measured = tuple[Probe, pl.DataFrame]


def test_every_variation_has_a_row_for_each_skill(measured_noise: Measured) -> None:
    probe, frame = measured_noise
    skills = {"all", *probe.items["skill"]}
    for variation in ("repeat", "batch 1", "batch 7", "bfloat16"):
        assert set(frame.filter(variation=variation)["skill"]) == skills
    assert frame.filter(skill="all")["n"].unique().to_list() == [len(probe.items)]


def test_nothing_changes_in_float32_and_a_type_moves_the_distribution(
    measured_noise: tuple[Probe, pl.DataFrame],
) -> None:
    _, frame = measured_noise
    again = frame.filter(pl.col("variation") == "repeat")
    assert again["forward_kl"].to_list() == [0.0] * again.height
    batches = frame.filter(pl.col("variation").str.starts_with("batch"))
    assert batches["flips"].sum() == 0
    assert batches["same_share"].min() == 1.0
    coarse = frame.filter(variation="bfloat16")
    assert 0 <= batches["forward_kl"].max() < coarse["forward_kl"].min()
    assert (coarse["flip_rate"] <= coarse["flip_rate_high"]).all()
