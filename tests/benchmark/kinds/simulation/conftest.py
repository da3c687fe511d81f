"""Items to solve again from their prompts."""

import pytest

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.splits import draw


@pytest.fixture(params=[12, pytest.param(1000, marks=pytest.mark.slow)])
def drawn(request):
    """A function from a kind to items of all its levels."""

    def items(kind):
        found = [draw(kind, level, Split.TRAIN, 11, index) for level in kind.levels for index in range(request.param)]
        assert len(found) == len(kind.levels) * request.param
        return [item for item in found if item is not None]

    return items
