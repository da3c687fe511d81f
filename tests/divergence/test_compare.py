"""The table of a checkpoint against its base, on real tiny models."""

import math

import polars as pl
import pytest
import torch

from skillprobe_core.divergence.compare import logit_divergence
from skillprobe_core.divergence.measures import MEASURES
from skillprobe_core.divergence.states import base_states, load_states, save_states
from skillprobe_core.divergence.texts import reference_texts
from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.inference.prompts import encode_completion, encode_prompt

DIVERGENCES = ("forward_kl", "reverse_kl", "js", "tv")


def slow_forward_kl(base, checkpoint, tokenizer, items):
    """One item at a time from the models' own logits, in float64."""
    means = []
    for prompt, reference in items.select("prompt", "reference").iter_rows():
        start, end = encode_prompt(tokenizer, prompt), encode_completion(tokenizer, reference)
        ids = torch.tensor([start + end])
        with torch.inference_mode():
            p, q = (m(ids).logits[0, len(start) - 1 : -1].double().log_softmax(-1) for m in (base, checkpoint))
        means.append((p.exp() * (p - q)).sum(-1).mean().item())
    return means


def compare(base, checkpoint, tokenizer, items, **settings):
    return logit_divergence(base, checkpoint, tokenizer, items, model="m", step=7, **settings)


def test_equals_a_slow_plain_implementation(family, tokenizer, items, tiny_model, moved):
    base = tiny_model(family)
    checkpoint = moved(base, 0.2)
    table = compare(base, checkpoint, tokenizer, items)
    assert table["item_id"].to_list() == items["item_id"].to_list()
    assert table["forward_kl"].to_list() == pytest.approx(slow_forward_kl(base, checkpoint, tokenizer, items), rel=1e-3)
    assert table.select("model", "step", "item_set", "text_source").unique().row(0) == ("m", 7, "s" * 16, "reference")
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
        z = base(torch.tensor([start + end])).logits[0, len(start) - 1 : -1].double()
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
        p = base(torch.tensor([start + end])).logits[0, len(start) - 1 : -1].double().softmax(-1)[:, 65]
    kl = torch.log1p(p * math.expm1(2.0)) - 2.0 * p
    assert table["forward_kl"][0] == pytest.approx(kl.mean().item(), rel=1e-4)


def test_kept_states_give_the_same_table(tokenizer, items, tmp_path, tiny_model, moved):
    base = tiny_model("gemma2", dtype=torch.bfloat16)
    checkpoint = moved(base, 0.1)
    states = base_states(base, reference_texts(tokenizer, items))
    save_states(states, tmp_path, "digest")
    kept = load_states(tmp_path, "digest", states.texts)
    assert kept.values.dtype == torch.bfloat16
    one, two = (compare(b, checkpoint, tokenizer, items) for b in (base, kept))
    assert one.equals(two)
    assert one["forward_kl"].min() > 0
    assert load_states(tmp_path, "other", states.texts) is None
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_damaged_or_foreign_states_are_refused(tokenizer, items, tmp_path, tiny_model):
    base = tiny_model("llama")
    states = base_states(base, reference_texts(tokenizer, items.head(2)))
    with pytest.raises(StoreError, match="not on"):
        compare(states, base, tokenizer, items)
    save_states(states, tmp_path, "digest")
    file = tmp_path / f"digest.{states.texts}.safetensors"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(StoreError, match="delete the file"):
        load_states(tmp_path, "digest", states.texts)


def test_padded_vocabularies_are_compared_on_the_shared_tokens(tokenizer, items, tiny_model, moved):
    base = tiny_model("llama")
    checkpoint = moved(base, 0.1)
    narrow = compare(base, checkpoint, tokenizer, items)
    checkpoint.resize_token_embeddings(400, mean_resizing=False)
    table = compare(base, checkpoint, tokenizer, items)
    assert table["vocabulary"].to_list() == [320] * items.height
    for measure in MEASURES:
        assert table[measure].to_list() == pytest.approx(narrow[measure].to_list(), rel=1e-5)
    assert compare(checkpoint, base, tokenizer, items)["vocabulary"][0] == 320


def test_texts_outside_the_shared_vocabulary_are_refused(tokenizer, items, tiny_model):
    with pytest.raises(CheckpointError, match="256"):
        compare(tiny_model("llama", vocabulary=300), tiny_model("llama", vocabulary=256), tokenizer, items)


def test_another_tokenizer_is_refused(tokenizer, items, tiny_model, byte_tokenizer):
    base = tiny_model("llama")
    more = byte_tokenizer(["<think>"])
    assert compare(base, base, more, items, base_tokenizer=tokenizer)["tv"].max() == 0
    other = byte_tokenizer()
    vocabulary = {**other.backend_tokenizer.get_vocab(with_added_tokens=False)}
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    other.backend_tokenizer.model = type(other.backend_tokenizer.model)(vocabulary, [])
    with pytest.raises(CheckpointError, match="tokenizer does not match"):
        compare(base, base, other, items, base_tokenizer=tokenizer)
    splitting = byte_tokenizer(["Answer"])
    with pytest.raises(CheckpointError, match="different tokens"):
        compare(base, base, splitting, items, base_tokenizer=tokenizer)


def test_every_measure_is_a_column(tokenizer, items, tiny_model):
    base = tiny_model("llama")
    table = compare(base, base, tokenizer, items)
    assert set(MEASURES) <= set(table.columns)
    assert table.select(pl.col(list(MEASURES)).is_finite().all()).row(0) == (True,) * len(MEASURES)
