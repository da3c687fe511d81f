"""The table of a checkpoint against its base, on real tiny models."""

import math

import polars as pl
import pytest
import torch

from skillprobe_core.measurements.divergence.base_states import base_states
from skillprobe_core.measurements.divergence.compare_texts import compare_texts, encoded_texts
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.token_texts import reference_texts
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.prompts import encode_completion, encode_prompt
from tests.cuda_device import NO_GPU

DIVERGENCES = ("forward_kl", "reverse_kl", "js", "tv")
MEASURES = [measure.name for measure in per_token()]


def slow_forward_kl(base, checkpoint, tokenizer, items):
    """One item at a time from the models' own logits of the tokenizer's tokens, in float64."""
    tokens = len(tokenizer)
    means = []
    for prompt, reference in items.select("prompt", "reference").iter_rows():
        start, end = encode_prompt(tokenizer, prompt), encode_completion(tokenizer, reference)
        ids = torch.tensor([start + end])
        with torch.inference_mode():
            p, q = (m(ids).logits[0, len(start) - 1 : -1, :tokens].double().log_softmax(-1) for m in (base, checkpoint))
        means.append((p.exp() * (p - q)).sum(-1).mean().item())
    return means


def compare(base, checkpoint, tokenizer, items, text="reference", generations=None, **settings):
    texts = encoded_texts(tokenizer, items, text=text, generations=generations)
    return compare_texts(base, checkpoint, tokenizer, texts, model="m", step=7, **settings).items


def test_equals_a_slow_plain_implementation(family, tokenizer, items, tiny_model, moved):
    base = tiny_model(family)
    checkpoint = moved(base, 0.2)
    table = compare(base, checkpoint, tokenizer, items)
    assert table["item_id"].to_list() == items["item_id"].to_list()
    assert table["forward_kl"].to_list() == pytest.approx(slow_forward_kl(base, checkpoint, tokenizer, items), rel=1e-3)
    assert table.select("model", "step", "item_set", "text").unique().row(0) == ("m", 7, "s" * 16, "reference")
    assert table["tokens"].to_list() == [len(encode_completion(tokenizer, text)) for text in items["reference"]]


def test_a_checkpoint_that_is_the_base_has_not_moved(family, tokenizer, items, tiny_model, moved):
    base = tiny_model(family)
    table = compare(base, moved(base, 0.0), tokenizer, items)
    for measure in (*DIVERGENCES, "entropy_change"):
        assert table[measure].to_list() == [0.0] * items.height
    assert table["top1_agreement"].to_list() == [1.0] * items.height


@pytest.mark.parametrize("name", ["llama", "gpt2", "gemma2"])
def test_batches_of_another_size_stay_within_the_floor(name, tokenizer, items, tiny_model, moved):
    base = tiny_model(name)
    states = base_states(base, reference_texts(tokenizer, items), batch_tokens=10**6)
    floor = compare(states, base, tokenizer, items, batch_tokens=1)
    assert floor["forward_kl"].max() < 1e-9
    checkpoint = moved(base, 0.1)
    one, two = (compare(states, checkpoint, tokenizer, items, batch_tokens=n) for n in (1, 10**6))
    for measure in DIVERGENCES:
        assert one[measure].to_list() == pytest.approx(two[measure].to_list(), rel=1e-3)


def test_interpolating_from_the_base_grows_from_zero(tokenizer, items, tiny_model, moved):
    base = tiny_model("llama")
    steps = [compare(base, moved(base, 0.3 * s), tokenizer, items) for s in (0.0, 1e-3, 1e-2, 0.1, 0.3, 1.0)]
    for measure in DIVERGENCES:
        path = [table[measure].mean() for table in steps]
        assert path[0] == 0
        assert path == sorted(path)
        assert len(set(path)) == len(path)


def test_a_temperature_change_has_its_formula(tokenizer, items, tiny_model, moved):
    base = tiny_model("llama")
    checkpoint = moved(base, 0.0)
    with torch.no_grad():
        checkpoint.lm_head.weight.mul_(1.25)
    table = compare(base, checkpoint, tokenizer, items)
    prompt, reference = items.select("prompt", "reference").row(0)
    start, end = encode_prompt(tokenizer, prompt), encode_completion(tokenizer, reference)
    with torch.inference_mode():
        z = base(torch.tensor([start + end])).logits[0, len(start) - 1 : -1, : len(tokenizer)].double()
    kl = (1.25 * z).logsumexp(-1) - z.logsumexp(-1) - 0.25 * (z.softmax(-1) * z).sum(-1)
    assert table["forward_kl"][0] == pytest.approx(kl.mean().item(), rel=1e-4)


def test_one_raised_bias_has_its_formula(tokenizer, items, tiny_model):
    base = tiny_model("llama")
    base.lm_head = torch.nn.Linear(32, base.config.vocab_size)
    checkpoint = tiny_model("llama")
    checkpoint.load_state_dict(base.state_dict(), strict=False)
    checkpoint.lm_head = torch.nn.Linear(32, base.config.vocab_size)
    with torch.no_grad():
        checkpoint.lm_head.weight.copy_(base.lm_head.weight)
        checkpoint.lm_head.bias.copy_(base.lm_head.bias)
        checkpoint.lm_head.bias[65] += 2.0
    table = compare(base, checkpoint, tokenizer, items.head(1))
    prompt, reference = items.select("prompt", "reference").row(0)
    start, end = encode_prompt(tokenizer, prompt), encode_completion(tokenizer, reference)
    with torch.inference_mode():
        z = base(torch.tensor([start + end])).logits[0, len(start) - 1 : -1, : len(tokenizer)].double()
    p = z.softmax(-1)[:, 65]
    kl = torch.log1p(p * math.expm1(2.0)) - 2.0 * p
    assert table["forward_kl"][0] == pytest.approx(kl.mean().item(), rel=1e-4)


def test_every_measure_is_a_column(tokenizer, items, tiny_model):
    base = tiny_model("llama")
    table = compare(base, base, tokenizer, items)
    assert set(MEASURES) <= set(table.columns)
    assert table.select(pl.col(list(MEASURES)).is_finite().all()).row(0) == (True,) * len(MEASURES)


def generations_of(items, completions):
    return pl.DataFrame(
        {
            "item_id": [item for item in items["item_id"] for _ in completions],
            "sample": list(range(len(completions))) * items.height,
            "completion": completions * items.height,
            "finish_reason": ["stop"] * (len(completions) * items.height),
        }
    ).with_columns(
        reasoning=pl.lit(None, pl.String),
        completion_ids=pl.lit(None, pl.List(pl.Int32)),
        sampling=pl.lit(SamplingSettings().row_canonical()),
        reading=pl.lit("fair"),
    )


@pytest.mark.parametrize("text", ["base", "own"])
def test_generated_text_is_compared_sample_by_sample(text, tokenizer, items, tiny_model, moved):
    base = tiny_model("llama")
    checkpoint = moved(base, 0.2)
    generations = generations_of(items, ["one\nAnswer: 1", "", "three, a longer one\nAnswer: 333"])
    table = compare(base, checkpoint, tokenizer, items, text=text, generations=generations)
    assert table["text"].unique().to_list() == [text]
    assert table["item_id"].to_list() == items["item_id"].to_list()
    expected = 0.0
    for completion in generations["completion"][:3]:
        one = items.head(1).with_columns(reference=pl.lit(completion))
        row = compare(base, checkpoint, tokenizer, one)
        expected += row["forward_kl"][0] * row["tokens"][0]
    assert table["forward_kl"][0] * table["tokens"][0] == pytest.approx(expected, rel=1e-4)
    assert table["k3"].min() >= 0
    rank = "base_rank" if text == "own" else "checkpoint_rank"
    assert table["rank_shift"].to_list() == table[rank].to_list()


def test_token_rows_add_up_to_the_item_rows(tokenizer, items, tiny_model, moved):
    base = tiny_model("gpt2")
    texts = reference_texts(tokenizer, items)
    both = compare_texts(
        base, moved(base, 0.2), tokenizer, texts, model="m", step=7, batch_tokens=100, with_tokens=True
    )
    assert both.tokens.height == texts.tokens == both.items["tokens"].sum()
    means = both.tokens.group_by("item_id", maintain_order=True).agg(
        pl.len().alias("tokens"), pl.col(list(MEASURES)).cast(pl.Float64).mean()
    )
    assert means["item_id"].to_list() == both.items["item_id"].to_list()
    for name in MEASURES:
        assert means[name].to_list() == pytest.approx(both.items[name].to_list(), rel=1e-6)
    written = both.tokens.filter(item_id=items["item_id"][1])
    assert "".join(written["token"]).removesuffix("<end>") == items["reference"][1]
    answer = "".join(written.filter("is_answer")["token"]).removesuffix("<end>")
    assert answer == "Answer: 1, 2, 3"
    assert both.items.equals(compare(base, moved(base, 0.2), tokenizer, items, batch_tokens=100))


def test_no_items_give_no_rows(tokenizer, items, tiny_model):
    base = tiny_model("llama")
    assert compare(base, base, tokenizer, items.head(0)).height == 0


def test_the_number_of_items_does_not_change_an_item(tokenizer, items, tiny_model, moved):
    base = tiny_model("llama")
    checkpoint = moved(base, 0.1)
    whole = compare(base, checkpoint, tokenizer, items)
    parts = pl.concat([compare(base, checkpoint, tokenizer, items[i : i + 1]) for i in range(items.height)])
    for measure in DIVERGENCES:
        assert parts[measure].to_list() == pytest.approx(whole[measure].to_list(), rel=1e-4)


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_gives_what_a_cpu_gives(tokenizer, items, tiny_model, moved):
    base = tiny_model("gemma2")
    checkpoint = moved(base, 0.1)
    here = compare(base, checkpoint, tokenizer, items)
    there = compare(base.cuda(), checkpoint.cuda(), tokenizer, items)
    for measure in MEASURES:
        assert there[measure].to_list() == pytest.approx(here[measure].to_list(), rel=1e-3, abs=1e-5)
