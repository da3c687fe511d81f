"""The stages of one layer, measured on a tiny one, and the scale of the estimate for a complete model."""

from pathlib import Path

import pytest

from benchmarks._one_layer import MODELS, one_layer


def test_each_stage_is_measured_and_the_model_estimated_from_it(tmp_path: Path) -> None:
    found = list(one_layer(MODELS["tiny"], tmp_path, runs=2, spectra_runs=1, workers=1, device=None))
    stages = ("elementwise", "base_spectra", "spectra")
    assert [each["name"] for each in found] == [
        f"{whole}/{stage}" for stage in stages for whole in ("layer", "a tiny model")
    ]
    assert [each["runs"] for each in found[::2]] == [2, 1, 1]
    assert ["estimate" in each for each in found] == [False, True] * 3
    layer = 96 * 64 + 160 * 64
    assert found[1]["seconds"] / found[0]["seconds"] == pytest.approx((3 * layer + 500 * 64) / layer)


def test_the_shapes_are_those_of_the_published_model() -> None:
    """Qwen3-8B has 8,190,735,360 parameters, of which vectors are 308,224."""
    model = MODELS["7b"]
    layer, outside = (sum(rows * columns for rows, columns in part.values()) for part in (model.layer, model.outside))
    assert model.layers * layer + outside == 8_190_735_360 - 36 * (2 * 4096 + 2 * 128) - 4096
