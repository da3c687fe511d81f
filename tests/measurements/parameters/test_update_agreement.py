import polars as pl
import pytest
import torch

from skillprobe_core.measurements.parameters import update_agreement as updates
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats

NAME = "model.layers.0.self_attn.q_proj.weight"


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def sided(stored):
    return lambda tensor: stored({NAME: tensor, "model.norm.weight": torch.ones(3, dtype=torch.float64)})


def test_the_previous_checkpoint_is_compared_as_well(sided):
    base, first, second = normal(50, 40), normal(50, 40, seed=1), normal(50, 40, seed=2)
    w0, w1, w2 = sided(base), sided(base + 0.1 * first), sided(base + 0.1 * first + 0.05 * second)
    frame = parameter_stats(w0, w2, model="m", step=20, previous=w1, previous_step=10)
    assert frame.select("tensor", "compared_with", "compared_step").rows() == [
        (NAME, "base", 0),
        ("model.norm.weight", "base", 0),
        (NAME, "previous", 10),
        ("model.norm.weight", "previous", 10),
    ]
    row = frame.filter(tensor=NAME, compared_with="previous").row(0, named=True)
    step = 0.05 * second
    assert row["delta_norm"] == pytest.approx(step.norm().item(), rel=1e-12)
    assert row["relative_norm"] == pytest.approx((step.norm() / (base + 0.1 * first).norm()).item(), rel=1e-12)
    one, two = 0.1 * first, 0.1 * first + 0.05 * second
    assert row["update_cosine"] == pytest.approx(((one * two).sum() / one.norm() / two.norm()).item(), rel=1e-12)
    plain = parameter_stats(w0, w2, model="m", step=20)
    assert frame.filter(compared_with="base").equals(plain, null_equal=True)


def test_agreement_is_weighted_by_elements_and_leaves_out_what_stood_still():
    tensors = pl.DataFrame(
        {
            "tensor": ["a", "b", "c"],
            "component": ["mlp_up", "mlp_up", "norm"],
            "elements": [30, 10, 5],
            **{name: [0.2, 0.6, None] for name in updates.measure_names()},
        }
    )
    rows = updates.agreement(tensors, ("component",))
    assert rows["component"].to_list() == ["mlp_up", "norm"]
    assert rows["update_jaccard"].to_list() == [pytest.approx(0.3), None]
    whole = updates.agreement(tensors)
    assert whole.select("tensors", "elements", "update_cosine").row(0) == (3, 45, pytest.approx(0.3))
