import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backend import SamplingSettings

SAMPLED = SamplingSettings(samples=4, temperature=0.7, top_p=0.9, max_new_tokens=64, seed=3, stop=("\n\n",))


@pytest.mark.parametrize(
    "change",
    [
        {"samples": 0},
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"max_new_tokens": 0},
        {"stop": ("",)},
        {"reasoning": ("<think>",)},
        {"reasoning": ("#", "#")},
        {"temperature": 0.0},
        {"top_k": -1},
        {"min_p": 1.5},
        {"presence_penalty": 3.0},
        {"repetition_penalty": 0.0},
        {"repetition_penalty": float("inf")},
        {"preset": "model"},
        {"preset": "model", "temperature": 0.0, "top_p": 1.0, "top_k": 4},
    ],
)
def test_settings_that_make_no_sense_are_refused(change):
    with pytest.raises(SettingsError):
        replace(SAMPLED, **change)


def test_rows_do_not_depend_on_how_many_samples_there_are():
    more = replace(SAMPLED, samples=8)
    assert more.row_canonical() == SAMPLED.row_canonical()
    assert more.canonical() != SAMPLED.canonical()
    assert more.row_seed("item", 2) == SAMPLED.row_seed("item", 2)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.8},
        {"top_p": 0.8},
        {"max_new_tokens": 65},
        {"stop": ()},
        {"reasoning": ()},
        {"top_k": 5},
        {"min_p": 0.1},
        {"presence_penalty": 0.5},
        {"repetition_penalty": 1.1},
        {"stop_loops": True},
        {"preset": "model", "temperature": 0.0, "top_p": 1.0},
    ],
)
def test_rows_depend_on_everything_else(change):
    assert replace(SAMPLED, **change).row_canonical() != SAMPLED.row_canonical()


def test_greedy_rows_depend_on_no_seed():
    assert SamplingSettings(seed=1).row_canonical() == SamplingSettings(seed=2).row_canonical()
    assert SamplingSettings().row_seed("item", 0) is None


def test_greedy_rows_depend_on_penalties_and_on_no_cut():
    usual = SamplingSettings().row_canonical()
    assert SamplingSettings(top_k=5, min_p=0.1).row_canonical() == usual
    assert SamplingSettings(repetition_penalty=1.1).row_canonical() != usual
    assert SamplingSettings(presence_penalty=0.5).row_canonical() != usual


def test_a_completion_without_sampling_keeps_penalties_and_limits():
    sampled = replace(SAMPLED, top_k=5, min_p=0.1, repetition_penalty=1.1)
    assert sampled.without_sampling == SamplingSettings(
        repetition_penalty=1.1, max_new_tokens=64, seed=3, stop=("\n\n",)
    )
    assert replace(SamplingSettings(samples=3, preset="model")).without_sampling.greedy


def test_canonical_json_says_what_was_set():
    assert json.loads(SAMPLED.canonical()) == {
        "samples": 4, "temperature": 0.7, "top_p": 0.9, "max_new_tokens": 64, "seed": 3, "stop": ["\n\n"],
        "reasoning": ["<think>", "</think>"],
    }  # fmt: skip


@given(st.lists(st.tuples(st.text(max_size=8), st.integers(0, 99)), min_size=2, max_size=2, unique=True))
def test_each_row_has_its_own_seed(rows):
    seeds = [SAMPLED.row_seed(*row) for row in rows]
    assert seeds[0] != seeds[1]
    assert all(seed is not None and 0 <= seed < 2**63 for seed in seeds)


@given(st.integers(0, 5000))
def test_the_limit_is_the_setting_or_twice_a_long_reference(reference: int) -> None:
    assert SamplingSettings().limit_of(reference) == max(1024, 2 * reference)
    assert SamplingSettings(max_new_tokens=96).limit_of(reference) == 96


def test_the_usual_limit_is_another_setting_than_the_same_number() -> None:
    usual, fixed = SamplingSettings(), SamplingSettings(max_new_tokens=1024)
    assert usual.usual_limit == fixed.usual_limit == 1024
    assert usual.row_canonical() != fixed.row_canonical()
    assert json.loads(usual.canonical())["times_reference"] == 2
    assert "times_reference" not in json.loads(fixed.canonical())
    assert usual.limit_in_words == "1024 tokens or twice the reference"
    assert fixed.limit_in_words == "1024 tokens"
