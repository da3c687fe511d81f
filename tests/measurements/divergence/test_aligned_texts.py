"""Two models with different vocabularies read the same texts: what changes, and what must not."""

from copy import deepcopy

import pytest
import torch

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.aligned_texts import aligned, same_ids
from skillprobe_core.measurements.divergence.base_states import base_states
from skillprobe_core.measurements.divergence.compare_texts import compare_texts, encoded_texts
from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.representation import layer_states
from skillprobe_core.measurements.divergence.shared_vocabulary import Vocabulary
from skillprobe_core.measurements.divergence.token_texts import Text, Texts, reference_texts

OUTSIDE = {"base_mass_outside", "checkpoint_mass_outside"}
SAME = [each.name for each in per_token() if each.name not in OUTSIDE]
CHATML = ["<|im_start|>", "<|im_end|>"]


def compare(base, checkpoint, tokenizer, texts, base_tokenizer=None, **settings):
    return compare_texts(
        base, checkpoint, tokenizer, texts, model="m", step=7, base_tokenizer=base_tokenizer, with_tokens=True,
        **settings,
    )  # fmt: skip


def with_rows(model, order, rows, seed=3):
    """A copy of an untied model whose rows of tokens are in another order (of old ids), with random rows behind."""
    other = deepcopy(model)
    other.resize_token_embeddings(rows, mean_resizing=False)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in ("embed_tokens", "lm_head"):
            (old,) = (each for key, each in model.state_dict().items() if name in key)
            (new,) = (each for key, each in other.named_parameters() if name in key)
            new.copy_(torch.randn(new.shape, generator=generator))
            new[: len(order)] = old[torch.tensor(order)]
    return other.eval()


@pytest.fixture(scope="module")
def pair(tiny_model, moved):
    base = tiny_model("llama", vocabulary=257)
    return base, moved(base, 0.2)


def exactly_the_same(found, expected, columns=SAME):
    assert found.tokens.height == expected.tokens.height
    for name in columns:
        assert found.tokens[name].to_list() == expected.tokens[name].to_list(), name
        assert found.items[name].to_list() == expected.items[name].to_list(), name


@pytest.mark.parametrize(("rows", "other_rows"), [(257, 320), (320, 257), (320, 448), (300, 300)])
def test_random_rows_of_padding_change_nothing_but_the_mass_outside(pair, tokenizer, items, rows, other_rows):
    texts = reference_texts(tokenizer, items)
    expected = compare(*pair, tokenizer, texts)
    assert expected.items.select(OUTSIDE).sum_horizontal().sum() == 0
    assert expected.items["vocabulary_left_out"].to_list() == [0] * items.height
    padded = [with_rows(model, range(257), size) for model, size in zip(pair, (rows, other_rows), strict=True)]
    found = compare(*padded, tokenizer, texts)
    exactly_the_same(found, expected)
    assert found.items["vocabulary"].unique().to_list() == [257]
    assert found.items["vocabulary_left_out"].unique().to_list() == [rows + other_rows - 514]
    for name, size in (("base_mass_outside", rows), ("checkpoint_mass_outside", other_rows)):
        assert (found.items[name].min() > 0) == (size > 257)


def test_the_masses_outside_are_those_of_a_plain_softmax(pair, tokenizer, items):
    base, checkpoint = (with_rows(model, range(257), 300) for model in pair)
    texts = reference_texts(tokenizer, items)
    rows = compare(base, checkpoint, tokenizer, texts).tokens.filter(item_id=items["item_id"][1])
    text = texts.texts[1]
    for model, name in ((base, "base_mass_outside"), (checkpoint, "checkpoint_mass_outside")):
        with torch.inference_mode():
            logits = model(torch.tensor([text.inputs])).logits[0, len(text.prompt) - 1 :].double()
        assert rows[name].to_list() == pytest.approx(logits.softmax(-1)[:, 257:].sum(-1).tolist(), rel=1e-4)


def other_half(byte_tokenizer, renamed):
    """The tokenizer with other strings for some ids, none of which occurs in English text."""
    other = byte_tokenizer()
    vocabulary = other.backend_tokenizer.get_vocab(with_added_tokens=False)
    names = {token: f"<own {number}>" if number in renamed else token for token, number in vocabulary.items()}
    other.backend_tokenizer.model = type(other.backend_tokenizer.model)(
        {names[token]: number for token, number in vocabulary.items()}, []
    )
    return other


UNUSED = [*range(94, 188), *range(222, 256)]
"""Ids of bytes beyond ASCII: 128 of 257."""


def test_vocabularies_that_differ_by_half_are_compared_over_the_rest(pair, tokenizer, byte_tokenizer, items):
    base, checkpoint = pair
    texts = reference_texts(tokenizer, items)
    other = other_half(byte_tokenizer, UNUSED)
    found = compare(base, checkpoint, other, texts, base_tokenizer=tokenizer)
    assert found.items["vocabulary"].unique().to_list() == [129]
    assert found.items["tokens_left_out"].sum() == 0
    shared = [number for number in range(257) if number not in UNUSED]
    text = texts.texts[1]
    with torch.inference_mode():
        p, q = (
            model(torch.tensor([text.inputs])).logits[0, len(text.prompt) - 1 :, shared].double().log_softmax(-1)
            for model in (base, checkpoint)
        )
    rows = found.tokens.filter(item_id=items["item_id"][1])
    assert rows["forward_kl"].to_list() == pytest.approx((p.exp() * (p - q)).sum(-1).tolist(), rel=1e-4)


def test_vocabularies_that_differ_by_more_than_half_are_refused(pair, tokenizer, byte_tokenizer, items):
    other = other_half(byte_tokenizer, [*UNUSED, 188])
    with pytest.raises(
        CheckpointError, match=r"128 of the base's 257 tokens \(49.8%, at least 50% are needed\)"
    ) as refused:
        compare(*pair, other, reference_texts(tokenizer, items), base_tokenizer=tokenizer)
    assert "'¡', number 94" in refused.value.cause


@pytest.mark.parametrize("text", ["reference", "own"])
def test_added_and_reordered_tokens_change_nothing(pair, tokenizer, byte_tokenizer, items, text):
    """Swapped letters, added tokens in another order and padding: the ids differ, the model does not."""
    base, checkpoint = pair
    swapped = byte_tokenizer()
    vocabulary = swapped.backend_tokenizer.get_vocab(with_added_tokens=False)
    vocabulary["a"], vocabulary["e"] = vocabulary["e"], vocabulary["a"]
    swapped.backend_tokenizer.model = type(swapped.backend_tokenizer.model)(vocabulary, [])
    swapped.add_tokens(CHATML)
    order = list(range(257))
    ids = tokenizer.get_vocab()
    order[ids["a"]], order[ids["e"]] = order[ids["e"]], order[ids["a"]]
    renumbered = with_rows(checkpoint, order, 320)
    texts = reference_texts(tokenizer, items)
    written = reference_texts(swapped, items)
    assert texts.digest != written.digest
    if text == "own":
        texts, written = (Texts(each.item_set, "own", each.texts) for each in (texts, written))
    else:
        written = texts
    expected = compare(base, checkpoint, tokenizer, texts)
    found = compare(base, renumbered, swapped, written, base_tokenizer=tokenizer)
    exactly_the_same(found, expected)
    assert found.tokens["token"].to_list() == expected.tokens["token"].to_list()
    assert found.items["moved_most"].to_list() == expected.items["moved_most"].to_list()
    if text == "own":  # the states of the model that wrote the text may be given
        again = compare(base, base_states(renumbered, written), swapped, written, base_tokenizer=tokenizer)
        exactly_the_same(again, expected)


def test_a_token_of_one_side_is_left_out_and_the_rest_is_measured_after_its_string(
    pair, tokenizer, byte_tokenizer, items
):
    base, checkpoint = pair
    chat = byte_tokenizer(CHATML)
    start, end = chat.convert_tokens_to_ids(CHATML)
    checkpoint = with_rows(checkpoint, range(257), 259)
    hello, name = (tokenizer(words, add_special_tokens=False)["input_ids"] for words in ("hi", "Answer: x"))
    completion = (*name[:4], end, *name[4:], end)
    texts = Texts("s", "own", (Text("a", (start, *hello), completion),))
    found = compare(base, checkpoint, chat, texts, base_tokenizer=tokenizer)
    assert found.items.select("tokens", "tokens_left_out").row(0) == (len(name), 2)
    assert found.tokens["position"].to_list() == [0, 1, 2, 3, *range(5, 5 + len(name) - 4)]
    assert "".join(found.tokens["token"]) == "Answer: x"

    pieces = {
        token: tokenizer(string, add_special_tokens=False)["input_ids"]
        for token, string in zip((start, end), CHATML, strict=True)
    }
    read = [number for token in (start, *hello, *completion) for number in pieces.get(token, [token])]
    first = len(pieces[start]) + len(hello)
    places = [first + at - 1 for at in (0, 1, 2, 3)] + [
        first + 4 + len(pieces[end]) + at - 1 for at in range(len(name) - 4)
    ]
    with torch.inference_mode():
        p = base(torch.tensor([read])).logits[0, places].double().log_softmax(-1)
        own = torch.tensor([[start, *hello, *completion]])
        at = [3 + position - 1 for position in found.tokens["position"]]
        logits = checkpoint(own).logits[0, at].double()
    q = logits[:, :257].log_softmax(-1)
    assert found.tokens["forward_kl"].to_list() == pytest.approx((p.exp() * (p - q)).sum(-1).tolist(), rel=1e-3)
    outside = logits.softmax(-1)[:, 257:].sum(-1)
    assert found.tokens["checkpoint_mass_outside"].to_list() == pytest.approx(outside.tolist(), rel=1e-4)
    assert found.tokens["base_mass_outside"].to_list() == [0.0] * len(name)


def test_what_follows_a_token_that_cannot_be_written_is_left_out(tokenizer, byte_tokenizer):
    """An id of padding has no string; the model that did not write it cannot be given it."""
    texts = Texts("s", "own", (Text("a", (1,), (2, 290, 3)), Text("b", (290,), (2,)), Text("c", (1,), (2, 3))))
    read = aligned(texts, Vocabulary(tokenizer, 320, 320), Vocabulary(byte_tokenizer(["<x>"]), 320, 320))
    assert [each.left_out for each in read.texts.texts] == [(1, 2), (0,), ()]
    assert [each.inputs for each in read.base] == [(1, 2, 0), (0,), (1, 2)]


def test_a_text_that_grows_beyond_the_context_is_measured_up_to_it(tokenizer, byte_tokenizer):
    chat = byte_tokenizer(CHATML)
    start = chat.convert_tokens_to_ids(CHATML[0])
    texts = Texts("s", "own", (Text("a", (start,), tuple(range(40, 60))),))
    read = aligned(texts, Vocabulary(tokenizer, 257, 257), Vocabulary(chat, 259, 259), positions=25)
    assert len(read.base[0].inputs) == 25
    measured = 25 - len(CHATML[0]) + 1
    assert list(read.texts.texts[0].measured) == list(range(measured))
    assert len(read.base[0].places) == len(read.checkpoint[0].places) == len(read.columns[0]) == measured
    assert len(read.base[0].read) == len(read.checkpoint[0].read) == measured - 1


def test_equal_vocabularies_leave_the_texts_as_they_are(tokenizer, items):
    texts = reference_texts(tokenizer, items)
    vocabulary = Vocabulary(tokenizer, 257, 257)
    read, plain = aligned(texts, vocabulary, vocabulary), same_ids(texts, 257)
    assert read.texts == plain.texts
    assert read.base == read.checkpoint == plain.base
    assert (read.shared.base, read.shared.checkpoint) == (plain.shared.base, plain.shared.checkpoint)
    assert not read.shared.missing
    assert not read.shared.new
    assert [list(each) for each in read.columns] == [list(each) for each in plain.columns]


def test_hidden_states_are_compared_at_the_same_tokens(pair, tokenizer, byte_tokenizer, items):
    base, _ = pair
    chat = byte_tokenizer(CHATML)
    end = chat.convert_tokens_to_ids(CHATML[1])
    own = Texts("s", "own", (Text("a", (40, 41), (50, end, 51, 52)),))
    sides = Vocabulary(tokenizer, 257, 257), Vocabulary(chat, 259, 259)
    read = aligned(own, *sides)
    wide = with_rows(base, range(257), 259)
    one = layer_states(base, read.texts, readings=read.base)
    two = layer_states(wide, read.texts, readings=read.checkpoint)
    # Tokens 50 and 51 are read; `end` is left out, and the last token is never read.
    assert [len(layer) for layer in one] == [len(layer) for layer in two] == [2, 2, 2]
    assert torch.equal(one[0], two[0])
    assert torch.allclose(one[-1][0], two[-1][0], atol=1e-5)
    assert not torch.allclose(one[-1][1], two[-1][1], atol=1e-2)


def test_texts_are_encoded_by_the_model_that_they_belong_to(tokenizer, byte_tokenizer, items):
    splitting = byte_tokenizer(["Answer"])
    plain = encoded_texts(splitting, items, base_tokenizer=tokenizer)
    assert plain == reference_texts(tokenizer, items)
