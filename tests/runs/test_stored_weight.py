"""The block of weights that share a scale."""

import pytest

from skillprobe_core.runs.stored_weight import shared_block


@pytest.mark.parametrize(
    ("shape", "grid", "stated", "block"),
    [
        ((30, 40), (), None, (30, 40)),
        ((30, 40), (30,), None, (1, 40)),
        ((30, 40), (30, 5), None, (1, 8)),
        ((30, 40), (2, 2), (20, 32), (20, 32)),
        ((30, 40), (2, 2), None, (15, 20)),
        ((3, 30, 40), (3, 2, 5), None, (15, 8)),
        ((30, 40), (4, 5), None, None),
        ((30, 40), (0, 5), None, None),
        ((30,), (30,), None, None),
        ((30, 40), (3, 30, 5), None, None),
    ],
)
def test_the_block_follows_from_the_shapes_or_is_stated(shape, grid, stated, block):
    assert shared_block(shape, grid, stated) == block
