"""Forced answers: texts, the reading of continuations, and the likelihood of options with a real tiny model."""

from pathlib import Path

import polars as pl
import pytest
import torch

from skillprobe_core.benchmark.item_schema import Item
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generate_answers import generated
from skillprobe_core.measurements.readings.forced_reading import forced_rows, own_texts, read_forced
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.models.prompts import encode_prompts
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.project.given_checkpoint import probe_of_folders
from skillprobe_core.project.settings import Settings

MARKERS = '{"reasoning":["<think>","</think>"]}'


@pytest.fixture(scope="module")
def tokenizer(tiny_base):
    return load_tokenizer(tiny_base)


def generation(tokenizer, text: str, **changes: object) -> pl.DataFrame:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    row = {
        "item_id": "i", "sample": 0, "reasoning": None, "completion": text, "finish_reason": "stop",
        "completion_ids": [*ids, tokenizer.eos_token_id], "sampling": MARKERS, **changes,
    }  # fmt: skip
    schema = {"reasoning": pl.String, "completion_ids": pl.List(pl.Int32)}
    return pl.DataFrame([row], schema_overrides=schema)


def text_of(tokenizer, frame: pl.DataFrame) -> str:
    prompt = tuple(tokenizer("What is 2 + 2?\n", add_special_tokens=False)["input_ids"])
    (own,) = own_texts(tokenizer, {"i": prompt}, frame, frozenset({tokenizer.eos_token_id}))
    assert own.ids[: len(prompt)] == prompt
    assert tokenizer.eos_token_id not in own.ids
    return tokenizer.decode(list(own.ids[len(prompt) :])) + own.cue


def test_the_cue_follows_the_models_own_text_on_a_line_of_its_own(tokenizer):
    assert text_of(tokenizer, generation(tokenizer, "It is 4.")) == "It is 4.\nAnswer:"
    assert text_of(tokenizer, generation(tokenizer, "It is 4.\n")) == "It is 4.\nAnswer:"
    assert text_of(tokenizer, generation(tokenizer, "")) == "Answer:"


def test_a_text_of_a_server_and_one_with_a_stop_text_are_tokenised_again(tokenizer):
    assert text_of(tokenizer, generation(tokenizer, "It is 4.", completion_ids=None)) == "It is 4.\nAnswer:"
    ran_on = tokenizer("It is 4.\nQuestion: 5", add_special_tokens=False)["input_ids"]
    stopped = generation(tokenizer, "It is 4.", finish_reason="stop_text", completion_ids=ran_on)
    assert text_of(tokenizer, stopped) == "It is 4.\nAnswer:"


def test_open_reasoning_is_closed_first(tokenizer):
    thinking = generation(tokenizer, "<think>2 and 2", reasoning="<think>2 and 2", completion="")
    assert text_of(tokenizer, thinking) == "<think>2 and 2</think>\nAnswer:"
    text = "<think>4</think>It is 4."
    closed = generation(tokenizer, text, reasoning="<think>4</think>", completion="It is 4.")
    assert text_of(tokenizer, closed) == f"{text}\nAnswer:"


@pytest.fixture(scope="module")
def item() -> Item:
    rows = build_item_set([kind_named("column_sum")], levels=(1,), per_level=1)
    return Item.from_row(rows.row(0, named=True))._replace(answer="42")


@pytest.mark.parametrize(
    ("continuation", "cut", "verdict"),
    [
        (" 42", False, "correct"),
        ("\n42", False, "correct"),
        (" 42\nQuestion: 7?\nAnswer: 8", True, "correct"),
        (" 41", False, "wrong"),
        ("", False, "unparsed"),
        (" I do not know", True, "malformed"),
    ],
)
def test_the_first_line_of_a_continuation_is_the_answer(item, continuation, cut, verdict):
    assert str(read_forced(item, continuation, cut=cut)[0]) == verdict


@pytest.fixture(scope="module")
def probe(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory):
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=3, kinds=("column_sum", "general_choice")),
        compute=ComputeSettings(backend="transformers", device="cpu", dtype="float32"),
        sampling=SamplingSettings(max_new_tokens=4),
    )
    store = Store(tmp_path_factory.mktemp("store"))
    return probe_of_folders(tiny_base, None, model="m", step=None, method="base", settings=settings, store=store)


def test_a_real_model_is_forced_and_options_are_chosen_by_likelihood(probe):
    items, generations = probe.items, generated(probe)
    rows = forced_rows(probe, items, generations)
    assert rows["item_id"].to_list() == sorted(items["item_id"])
    tokenizer, model = load_tokenizer(probe.checkpoint.files), load_model(probe.checkpoint.files, dtype=torch.float32)
    prompts = {name: each.ids for name, each in encode_prompts(tokenizer, items, probe.prompt_format).items()}
    own = {each.item_id: each for each in own_texts(tokenizer, prompts, generations, frozenset({0, 1, 2}))}
    choices = items.filter(kind="general_choice")
    for item_id, answer in choices.select("item_id", "answer").iter_rows():
        values = {}
        for letter in "ABCD":
            tail = tokenizer(f"{own[item_id].cue} {letter}", add_special_tokens=False)["input_ids"]
            ids = [*own[item_id].ids, *tail]
            with torch.inference_mode():
                log_p = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
            values[letter] = sum(float(log_p[place - 1, ids[place]]) for place in range(len(ids) - len(tail), len(ids)))
        best = max(values, key=values.__getitem__)
        (row,) = rows.filter(item_id=item_id).iter_rows(named=True)
        assert (row["extracted"], row["completion"]) == (best, best)
        assert row["verdict"] == ("correct" if best == answer else "wrong")


def test_a_continuation_is_the_models_own_greedy_one(probe):
    items, generations = probe.items.filter(kind="column_sum"), generated(probe)
    rows = forced_rows(probe, items, generations)
    tokenizer, model = load_tokenizer(probe.checkpoint.files), load_model(probe.checkpoint.files, dtype=torch.float32)
    prompts = {name: each.ids for name, each in encode_prompts(tokenizer, items, probe.prompt_format).items()}
    for each in own_texts(tokenizer, prompts, generations, frozenset({tokenizer.eos_token_id})):
        ids = [*each.ids, *tokenizer(each.cue, add_special_tokens=False)["input_ids"]]
        with torch.inference_mode():
            made = model.generate(torch.tensor([ids]), max_new_tokens=48, do_sample=False)[0, len(ids) :]
        text = tokenizer.decode(made, skip_special_tokens=True)
        (row,) = rows.filter(item_id=each.item_id).iter_rows(named=True)
        assert text.startswith(row["completion"])
