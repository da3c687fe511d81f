from itertools import combinations

import numpy as np
import pytest

from skillprobe_core.stats.pass_at_k import pass_at_k


def test_is_the_share_of_subsets_with_a_correct_sample() -> None:
    for n in range(1, 8):
        for c in range(n + 1):
            for k in range(1, n + 1):
                drawn = list(combinations([1] * c + [0] * (n - c), k))
                assert pass_at_k(c, n, k) == pytest.approx(np.mean([any(subset) for subset in drawn]))


def test_pass_at_k_is_unbiased() -> None:
    rng = np.random.default_rng(1)
    found = pass_at_k(rng.binomial(10, 0.2, 200_000), 10, 4).mean()
    assert found == pytest.approx(1 - 0.8**4, abs=0.004)


def test_k_above_the_number_of_samples_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least as many samples"):
        pass_at_k(1, 4, 5)
