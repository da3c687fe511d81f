import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from skillprobe_core.stats.false_discovery import benjamini_hochberg


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=60))
def test_adjusted_p_values_agree_with_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), rtol=1e-12)
