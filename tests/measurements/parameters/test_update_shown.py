"""Headline and figure of the tables of weights, with and without spectra."""

import pytest

from skillprobe_core.measurements.parameters.elementwise_stats import elementwise_stats
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.update_shown import update_figure, update_headline

from .conftest import NAME, normal


@pytest.fixture
def frames(stored):
    base, tensor = normal(40, 30), normal(40, 30) + 0.1 * normal(40, 30, seed=1)
    sides = [
        stored({NAME: base, "model.layers.0.mlp.up_proj.weight": base.T, "lost": base.clone()}),
        stored({NAME: tensor, "model.layers.0.mlp.up_proj.weight": tensor.T}),
    ]
    return [measure(*sides, model="m", step=3) for measure in (elementwise_stats, parameter_stats)]


def test_the_headline_has_the_measures_that_the_rows_have(frames):
    early, complete = map(update_headline, frames)
    assert set(complete) - set(early) == {"spectral_drift"}
    assert early == {name: complete[name] for name in early}
    assert early["relative_norm"] == pytest.approx(0.1, rel=0.1)
    assert "lost" in early["not_compared"]


def test_the_figure_needs_no_spectra(frames):
    early, complete = map(update_figure, frames)
    assert early == complete
    assert early[0].startswith("<svg")
    assert "layer 3" in early[0]
