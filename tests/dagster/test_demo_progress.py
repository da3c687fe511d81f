"""How far the demo is and how long it takes, from logs and measured speed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_dagster.demo_progress import (
    Done,
    expectation,
    expected_here,
    expected_seconds,
    late,
    minutes,
    state_line,
    steps_in,
    steps_so_far,
)

STEPS = {"sft": 160, "rl": 16}
START = Done({"sft": 0, "rl": 0}, STEPS, tables=0, all_tables=80, evaluated=0, all_checkpoints=10)
END = Done(STEPS, STEPS, tables=80, all_tables=80, evaluated=10, all_checkpoints=10)


@given(sft=st.integers(0, 159), rl=st.integers(0, 15), tables=st.integers(0, 79))
def test_every_step_and_table_brings_the_end_nearer(sft: int, rl: int, tables: int) -> None:
    done = replace(START, steps={"sft": sft, "rl": rl}, tables=tables)
    assert 0 <= done.share < 1
    for further in (
        replace(done, steps={"sft": sft + 1, "rl": rl}),
        replace(done, steps={"sft": sft, "rl": rl + 1}),
        replace(done, tables=tables + 1),
    ):
        assert done.share < further.share <= 1
    assert (START.share, END.share) == (0, 1)


def test_the_rest_is_foretold_once_there_is_a_rate() -> None:
    assert "left" not in state_line(START, 30)
    half = replace(START, steps={"sft": 80, "rl": 8}, tables=40, evaluated=5)
    assert half.share == pytest.approx(0.5)
    assert state_line(half, 120) == "sft 80/160 steps, rl 8/16 steps, 5 of 10 checkpoints evaluated, 2 min left"


def test_a_slow_machine_is_named_as_one() -> None:
    half = replace(START, steps={"sft": 80, "rl": 8}, tables=40)
    assert late(START, 1000) is None
    assert late(half, 160) is None
    assert late(replace(START, tables=20), 200) is None
    assert late(half, 300) == "this machine needs longer than 5 min: 10 min in all"
    assert expectation(240) == "about 4 min"
    assert expectation(600) == "about 10 min, longer than the usual five"


@given(cores=st.integers(1, 64), product=st.floats(1e-5, 1e-1), loop=st.floats(1e-4, 1e-1))
def test_more_cores_and_a_faster_processor_never_make_it_longer(cores: int, product: float, loop: float) -> None:
    seconds = expected_seconds(cores, product, loop)
    assert seconds > 0
    assert expected_seconds(cores + 1, product, loop) <= seconds
    assert expected_seconds(cores, product / 2, loop) < seconds
    assert expected_seconds(cores, product, loop / 2) < seconds


def test_this_machine_has_an_estimate() -> None:
    assert 10 < expected_here() < 36_000


def test_steps_are_read_from_the_trainers_logs(tmp_path) -> None:
    log = "loading\nsft: 12/192, 51 s left\nsft: wrote checkpoint-48 (loss 0.05)\nsft: 60/192, 40 s left\n"
    assert steps_in(log, "sft") == 60
    assert steps_in(log, "rl") == 0
    (tmp_path / "sft.log").write_text(log)
    assert steps_so_far(tmp_path, ("sft", "rl")) == {"sft": 60, "rl": 0}


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "5 s"), (42, "40 s"), (89, "90 s"), (120, "2 min"), (200, "3.5 min")]
)
def test_durations_are_rounded(seconds: float, said: str) -> None:
    assert minutes(seconds) == said
