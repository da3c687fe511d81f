"""The choice among steps: nothing is left out for good, and nothing late displaces what was taken."""

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.step_choice import StepChoice, every_nth, in_order

steps = st.sets(st.integers(1, 60), max_size=20)


def test_without_settings_every_step_is_taken_in_order() -> None:
    assert StepChoice() == StepChoice(1, "oldest", 0)
    assert every_nth([30, 10, 20], (), 1) == {10, 20, 30}
    assert in_order([30, 10, 20], (), "oldest") == [10, 20, 30]


def test_multiples_are_taken_and_where_there_is_none_the_first_step_after_it() -> None:
    assert every_nth([50, 100, 150, 200], (), 100) == {100, 200}
    assert every_nth([64, 128, 192, 256, 320], (), 100) == {128, 256, 320}
    assert every_nth([120, 150], {150}, 100) == {150}
    assert every_nth([100, 150], {150}, 100) == {100, 150}


@given(st.permutations(list(range(7, 200, 7))), st.integers(1, 60))
def test_in_whatever_order_steps_come_each_stretch_is_taken_and_the_taken_stays(come: list[int], every: int) -> None:
    taken: set[int] = set()
    for number in range(len(come)):
        chosen = every_nth(come[: number + 1], taken, every)
        assert taken <= chosen
        taken = chosen
    assert {step for step in come if step % every == 0} <= taken
    assert {step // every for step in taken} >= {step // every for step in come if step >= every}
    late = len([step for step in taken if step % every])
    assert late <= len({step // every for step in come})


@given(steps, steps, st.sampled_from(["oldest", "newest", "ends"]))
def test_an_order_has_each_step_once(left: set[int], taken: set[int], order: str) -> None:
    found = in_order(left, taken, order)
    assert sorted(found) == sorted(left)
    if order != "ends":
        assert found == sorted(left, reverse=order == "newest")


@given(st.sets(st.integers(1, 60), min_size=2, max_size=12), st.integers(0, 3))
def test_ends_come_before_middles_and_each_next_step_is_the_farthest(left: set[int], done: int) -> None:
    whole = in_order(left, (), "ends")
    assert whole[:2] == [max(left), min(left)]
    taken = set(whole[:done])
    assert in_order(left - taken, taken, "ends") == whole[done:]
    for place in range(2, len(whole)):
        gap = {step: min(abs(step - other) for other in whole[:place]) for step in whole[place:]}
        assert gap[whole[place]] == max(gap.values())


def test_a_new_newest_step_comes_first() -> None:
    assert in_order([200, 500, 1100], {100, 1000}, "ends") == [1100, 500, 200]
