"""Agreement of two updates of one tensor."""

import math

import pytest
import torch

from skillprobe_core.measurements.parameters.update_agreement import compare_updates

NAME = "model.layers.0.self_attn.q_proj.weight"


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def sided(stored):
    return lambda tensor: stored({NAME: tensor, "model.norm.weight": torch.ones(3, dtype=torch.float64)})


def test_jaccard_of_planted_masks_and_its_baseline(sided):
    base = 1 + normal(300, 200).abs()
    generator = torch.Generator().manual_seed(5)
    p, q = 0.3, 0.6
    first, second = (torch.rand(300, 200, generator=generator) < share for share in (p, q))
    checkpoints = [sided(torch.where(mask, base * 1.1, base)) for mask in (first, second)]
    row = compare_updates(sided(base), *checkpoints).filter(tensor=NAME).row(0, named=True)
    union, both = (first | second).sum().item(), (first & second).sum().item()
    assert row["update_jaccard"] == both / union
    shares = [mask.double().mean().item() for mask in (first, second)]
    chance = math.prod(shares) / (sum(shares) - math.prod(shares))
    assert row["update_jaccard_chance"] == pytest.approx(chance, rel=1e-12)
    assert row["update_jaccard"] == pytest.approx(chance, abs=0.01)
    same = compare_updates(sided(base), checkpoints[0], checkpoints[0]).filter(tensor=NAME).row(0, named=True)
    assert (same["update_jaccard"], same["update_cosine"]) == (1.0, pytest.approx(1.0))


def test_nothing_updated_has_no_direction(sided):
    base = normal(20, 16)
    row = compare_updates(sided(base), sided(base), sided(base + 1)).filter(tensor=NAME).row(0, named=True)
    assert row["update_cosine"] is row["update_similarity"] is None
    assert row["update_jaccard"] == 0.0
