"""Likelihoods of options, computed again from the model's own logits."""

from copy import deepcopy

import polars as pl
import pytest
import torch

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.measurements.calibration.score_options import (
    log_likelihoods,
    option_rows,
    option_texts,
    with_options,
)
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.prompt_format import PromptFormat
from skillprobe_core.models.prompts import encode_prompts
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from tests.cuda_device import NO_GPU


@pytest.fixture(scope="module")
def items():
    kinds = [kind_named(name) for name in ("general_choice", "state_machine", "column_sum")]
    return build_item_set(kinds, levels=(1,), per_level=3)


@pytest.fixture(scope="module")
def scored(items, tiny_base):
    tokenizer, model = load_tokenizer(tiny_base), load_model(tiny_base, dtype=torch.float32, device="cpu")
    texts = option_texts(tokenizer, with_options(items))
    return model, texts, log_likelihoods(model, texts)


def test_only_items_that_list_their_options_have_them(items):
    assert set(with_options(items)["kind"]) == {"general_choice"}


def test_options_follow_the_prompt_of_the_stores_format(items, tiny_base):
    tokenizer = load_tokenizer(tiny_base)
    form = PromptFormat(own=False, template="{{ messages[0]['content'] }} Reply: ")
    chosen = with_options(items)
    prompts = encode_prompts(tokenizer, chosen, form)
    texts = option_texts(tokenizer, chosen, form).texts
    assert all(text.prompt == prompts[text.item_id].ids for text in texts)
    assert texts[0].prompt != option_texts(tokenizer, chosen).texts[0].prompt


def test_each_likelihood_is_the_sum_of_the_models_log_probabilities(scored):
    model, texts, found = scored
    for text, value in zip(texts.texts, found, strict=True):
        with torch.inference_mode():
            logits = model(torch.tensor([[*text.prompt, *text.completion]])).logits[0].double()
        log_p = logits.log_softmax(-1)[len(text.prompt) - 1 : -1]
        wanted = sum(float(log_p[place, token]) for place, token in enumerate(text.completion))
        assert value == pytest.approx(wanted, abs=1e-4)


def test_the_shares_are_the_softmax_over_the_options(items, scored):
    _, texts, found = scored
    rows = option_rows(with_options(items), texts, found)
    for _, options in rows.group_by("item_id"):
        wanted = torch.tensor(options["log_likelihood"].to_list(), dtype=torch.float64).softmax(0)
        assert options["probability"].to_list() == pytest.approx(wanted.tolist())
        assert sorted(options["option"]) == list("ABCD")


def test_an_item_of_which_an_option_has_no_room_is_left_out(items, scored):
    _, texts, found = scored
    without = texts.texts[0].item_id
    rows = option_rows(with_options(items), texts, [None, *found[1:]])
    assert without not in set(rows["item_id"])
    assert rows["item_id"].n_unique() == with_options(items).height - 1
    assert rows.filter(pl.col("right")).height == rows["item_id"].n_unique()


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_gives_the_likelihoods_that_a_cpu_gives(scored):
    model, texts, found = scored
    assert log_likelihoods(deepcopy(model).cuda(), texts) == pytest.approx(found, abs=1e-3)
