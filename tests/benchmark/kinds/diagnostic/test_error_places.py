import pytest

from skillprobe_core.benchmark.kinds.diagnostic.error_places import error_places


@pytest.mark.parametrize("count", [5, 6])
def test_exercises_have_the_error_anywhere_and_the_ladder_in_the_second_half(count):
    assert error_places(5, count) == list(range(count + 1))
    assert error_places(5, count, first=3) == [0, *range(3, count + 1)]
    assert error_places(6, count) == [0, *[place for place in range(1, count + 1) if 2 * place > count]]
    assert error_places(6, count, first=count) == [0, count]
