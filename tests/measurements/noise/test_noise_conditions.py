import numpy as np
import polars as pl
import pytest
import torch

from skillprobe_core.measurements.generations.generate_rows import requests_for
from skillprobe_core.measurements.noise.noise_conditions import answer_noise, answers, noise_conditions, verdict_noise
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend

SETTINGS = SamplingSettings(max_new_tokens=12)


@pytest.fixture(scope="module")
def asked(tiny_base):
    """asked(dtype, rows_at_once): answers of the tiny base to prompts of mixed lengths."""
    items = pl.DataFrame({"item_id": [f"{n}" for n in range(9)], "prompt": [f"{n} + 2" + "?" * n for n in range(9)]})

    def ask(dtype=torch.float32, rows_at_once=None):
        backend = TransformersBackend.from_folder(tiny_base, dtype=dtype, device="cpu")
        requests = requests_for(items, backend.tokenizer, SETTINGS)
        return answers(backend, requests, SETTINGS, rows_at_once=rows_at_once)

    return ask


def test_batch_sizes_change_no_answer_in_float32(asked):
    usual = asked()
    for condition in noise_conditions("transformers", torch.float32):
        if condition.dtype is torch.float32 and condition.backend == "transformers":
            noise = answer_noise(usual, asked(rows_at_once=condition.rows_at_once))
            assert noise.height == 9
            assert noise["same"].all(), condition


def test_another_type_shares_a_first_part(asked):
    usual, coarse = asked(), asked(torch.bfloat16)
    pairs = zip(usual["ids"], coarse["ids"], answer_noise(usual, coarse).iter_rows(named=True), strict=True)
    for one, two, row in pairs:
        shared = row["shared_tokens"]
        assert one.to_list()[:shared] == two.to_list()[:shared]
        assert row["same"] == (one.to_list() == two.to_list())
        assert row["same"] or one.to_list()[shared : shared + 1] != two.to_list()[shared : shared + 1]


def test_each_condition_differs_from_the_first_in_one_thing():
    for backend in ("transformers", "vllm", "openai-server"):
        first, repeat, *others = noise_conditions(backend, torch.bfloat16, server=True)
        assert (repeat.backend, repeat.dtype, repeat.rows_at_once) == (first.backend, first.dtype, first.rows_at_once)
        for each in others:
            changed = [each.backend != first.backend, each.rows_at_once is not None]
            changed.append(each.backend == first.backend and each.dtype is not first.dtype)
            assert sum(changed) == 1, each
        assert {each.backend for each in others} | {backend} >= {"transformers", "openai-server"}


def test_flips_are_counted_per_skill():
    items = pl.DataFrame({"item_id": ["a", "b", "c"], "skill": ["simulation", "simulation", "diagnostic"]})
    keys = {"item_id": ["a", "b", "c"], "sample": [0, 0, 0]}
    before = pl.DataFrame({**keys, "verdict": ["correct", "wrong", "wrong"]})
    after = pl.DataFrame({**keys, "verdict": ["unparsed", "correct", "unparsed"]})
    assert verdict_noise(before, after, items).drop("accuracy_floor").rows() == [
        ("all", 3, 2, pytest.approx(2 / 3), 0.0),
        ("diagnostic", 1, 0, 0.0, 0.0),
        ("simulation", 2, 2, 1.0, 0.0),
    ]
    assert verdict_noise(before, before, items)["flips"].sum() == 0


@pytest.mark.parametrize(("n", "rate"), [(50, 0.3), (200, 0.1), (1000, 0.02)])
def test_the_floor_covers_changes_that_flips_alone_make(n, rate):
    """Answers that flip either way with equal chance move the accuracy beyond the floor in about one of 20 cases."""
    rng = np.random.default_rng(n)
    flips = rng.random(n) < rate
    items = pl.DataFrame({"item_id": [f"{i}" for i in range(n)], "skill": "simulation"})
    before = items.select("item_id", sample=pl.lit(0), verdict=pl.lit("wrong"))
    after = before.with_columns(verdict=pl.Series(np.where(flips, "correct", "wrong")))
    floor = verdict_noise(before, after, items)["accuracy_floor"][0]
    changes = np.where(rng.random((20_000, flips.sum())) < 0.5, 1, -1).sum(axis=1) / n
    # A sum of few signs has few values, so that the share beyond is not exactly 5 %.
    assert 0.02 < (np.abs(changes) > floor).mean() < 0.1
