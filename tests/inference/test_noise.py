import polars as pl
import pytest
import torch

from skillprobe_core.inference.generate import requests_for
from skillprobe_core.inference.noise import Condition, answer_noise, answers, noise_conditions, verdict_noise
from skillprobe_core.inference.protocol import SamplingSettings

SETTINGS = SamplingSettings(max_new_tokens=12)


@pytest.fixture(scope="module")
def requests(tiny_base):
    from skillprobe_core.checkpoints.loading import load_tokenizer

    items = pl.DataFrame({"item_id": [f"{n}" for n in range(9)], "prompt": [f"{n} + 2" + "?" * n for n in range(9)]})
    return requests_for(items, load_tokenizer(tiny_base), SETTINGS)


def test_repeats_and_batch_sizes_change_no_answer_in_float32(tiny_base, requests):
    reference, *others = [each for each in noise_conditions(torch.float32) if each.dtype is None and not each.vllm]
    usual = answers(tiny_base, reference, requests, SETTINGS, "cpu")
    for condition in others:
        noise = answer_noise(usual, answers(tiny_base, condition, requests, SETTINGS, "cpu"))
        assert noise.height == len(requests)
        assert noise["same"].all(), condition


def test_another_type_shares_a_first_part(tiny_base, requests):
    usual = answers(tiny_base, Condition("reference"), requests, SETTINGS, "cpu")
    coarse = answers(tiny_base, Condition("bfloat16", dtype=torch.bfloat16), requests, SETTINGS, "cpu")
    pairs = zip(usual["ids"], coarse["ids"], answer_noise(usual, coarse).iter_rows(named=True), strict=True)
    for one, two, row in pairs:
        shared = row["shared_tokens"]
        assert one.to_list()[:shared] == two.to_list()[:shared]
        assert row["same"] == (one.to_list() == two.to_list())
        assert row["same"] or one.to_list()[shared : shared + 1] != two.to_list()[shared : shared + 1]


def test_flips_are_counted_per_skill():
    items = pl.DataFrame({"item_id": ["a", "b", "c"], "skill": ["simulation", "simulation", "diagnostic"]})
    keys = {"item_id": ["a", "b", "c"], "sample": [0, 0, 0]}
    before = pl.DataFrame({**keys, "verdict": ["correct", "wrong", "wrong"]})
    after = pl.DataFrame({**keys, "verdict": ["unparsed", "correct", "unparsed"]})
    assert verdict_noise(before, after, items).rows() == [
        ("all", 3, 2, pytest.approx(2 / 3), 0.0),
        ("diagnostic", 1, 0, 0.0, 0.0),
        ("simulation", 2, 2, 1.0, 0.0),
    ]
    assert verdict_noise(before, before, items)["flips"].sum() == 0
