"""The most probable tokens, against sorting."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.divergence.ranking import Ranking


@pytest.mark.parametrize("vocabulary", [7, 640, 2560, 2600, 50257])
def test_the_most_probable_tokens(vocabulary):
    logits = torch.tensor(np.random.default_rng(3).normal(0, 4, (8, vocabulary)), dtype=torch.float32)
    logits[0] = logits[0].sort().values  # the largest ones in an incomplete group at the end
    logits[1] = logits[1].sort(descending=True).values
    logits[2] = logits[2].round()  # many are equal
    logits[3] = 0.0
    ranking = Ranking(logits)
    assert torch.equal(ranking.first.squeeze(1), logits.argmax(-1))
    expected = logits.topk(min(10, vocabulary), -1)
    assert torch.equal(logits.gather(1, ranking.leading), expected.values)
    assert all(len(set(row)) == len(row) for row in ranking.leading.tolist())
    token = torch.arange(8) % vocabulary
    above = [(row > row[place]).sum().item() for row, place in zip(logits, token, strict=True)]
    assert ranking.rank(token).tolist() == above
