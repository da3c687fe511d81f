"""`elementwise_stats`: the values of `parameter_stats` that need no spectra, and these with them."""

import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.parameters import elementwise_stats as module
from skillprobe_core.measurements.parameters.elementwise_stats import elementwise_stats
from skillprobe_core.measurements.parameters.elementwise_stats_table import ELEMENTWISE_STATS, LARGEST
from skillprobe_core.measurements.parameters.parameter_registry import elementwise_measures
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats

from .conftest import normal


def sides(stored):
    """A base, a checkpoint and the one before it: a matrix, a vector, a constant tensor, a new and a missing one."""
    base = {
        "model.layers.0.mlp.up_proj.weight": normal(300, 260, seed=0),
        "model.layers.0.mlp.down_proj.weight": normal(40, 90, seed=1),
        "model.norm.weight": torch.ones(40),
        "model.layers.0.mlp.gate.weight": normal(3, 40, seed=4),
    }
    first = {name: tensor + 0.02 * normal(*tensor.shape, seed=2) for name, tensor in base.items()}
    second = {name: tensor + 0.05 * normal(*tensor.shape, seed=3) for name, tensor in base.items()}
    second["model.norm.weight"] = base["model.norm.weight"]
    second["model.layers.0.extra.weight"] = normal(4, 40)
    del second["model.layers.0.mlp.gate.weight"]
    return [stored(tensors) for tensors in (base, first, second)]


@pytest.mark.parametrize("device", [None, "cpu"])
def test_its_columns_are_those_of_parameter_stats_and_the_largest_weights(stored, device):
    base, first, second = sides(stored)
    about = {"model": "m", "step": 2, "previous": first, "previous_step": 1}
    found = elementwise_stats(base, second, **about, device=device)
    complete = parameter_stats(base, second, **about)
    shared = [name for name in found.columns if name in complete.columns]
    assert set(found.columns) - set(shared) == {column.name for column in LARGEST} == {"base_largest", "largest"}
    assert {measure.name for measure in elementwise_measures()} <= set(shared)
    assert_frame_equal(found.select(shared), complete.select(shared), rel_tol=1e-9, abs_tol=1e-15)
    assert set(found["compared_with"]) == {"base", "previous"}
    for row in found.filter(status="compared").iter_rows(named=True):
        weights = second.tensor(row["tensor"])
        other = (base if row["compared_with"] == "base" else first).tensor(row["base_tensor"])
        assert (row["largest"], row["base_largest"]) == (float(weights.abs().max()), float(other.abs().max()))


def test_spectra_added_to_it_give_parameter_stats_bit_by_bit(stored, monkeypatch):
    base, first, second = sides(stored)
    about = {"model": "m", "step": 2, "previous": first, "previous_step": 1}
    complete = parameter_stats(base, second, **about)
    elements = elementwise_stats(base, second, **about)
    alone = parameter_stats(base, second, model="m", step=2)

    def again(*_, **__):
        raise AssertionError("the weights were passed over again")

    monkeypatch.setattr(module, "pass_over", again)
    assert parameter_stats(base, second, **about, elements=elements).equals(complete)
    assert parameter_stats(base, second, model="m", step=2, elements=elements).equals(alone)


def test_rows_without_a_comparison_are_computed_where_they_are_missing(stored):
    base, first, second = sides(stored)
    elements = elementwise_stats(base, second, model="m", step=2)
    about = {"model": "m", "step": 2, "previous": first, "previous_step": 1}
    assert parameter_stats(base, second, **about, elements=elements).equals(parameter_stats(base, second, **about))


def test_weights_that_are_not_finite_are_named(stored):
    good, bad = {"model.norm.weight": torch.ones(40)}, {"model.norm.weight": torch.ones(40)}
    bad["model.norm.weight"][7] = torch.nan
    for pair in ((good, bad), (bad, good)):
        with pytest.raises(CheckpointError, match=r"model\.norm\.weight.*NaN"):
            elementwise_stats(*map(stored, pair), model="m", step=1)


def test_every_measure_of_a_changed_tensor_has_a_value(stored):
    base, _, second = sides(stored)
    found = elementwise_stats(base, second, model="m", step=2)
    assert ELEMENTWISE_STATS.conform(found).equals(found)
    changed = found.filter(pl.col("delta_norm") > 0).drop("tied_to", "layer")
    assert changed.height == 2
    assert not any(changed.null_count().row(0))


@pytest.mark.parametrize("fills", [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)])
def test_weights_that_are_all_zero_or_all_equal_are_stored(stored, tmp_path, fills):
    base, checkpoint = (
        stored({f"model.layers.0.mlp.{name}_proj.weight": torch.full((8, 4), fill) for name in ("up", "down")})
        for fill in fills
    )
    found = elementwise_stats(base, checkpoint, model="m", step=1)
    part = Partition.checkpoint("m", 1, "0123")
    Store(tmp_path / "store").write(ELEMENTWISE_STATS, part, ELEMENTWISE_STATS.conform(found), Provenance("1", "1"))
    assert found["delta_norm"].to_list() == [abs(fills[1] - fills[0]) * 32**0.5] * 2
