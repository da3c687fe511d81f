"""Representation measures: their invariances, their oracles, and that padding never enters."""

import math

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.representation import (
    by_token,
    layer_states,
    linear_cka,
    mean_cosine,
    pca_shift,
    shift_of_states,
    spread,
    unrelated_texts,
)
from skillprobe_core.measurements.divergence.token_texts import Text, Texts, reference_texts
from tests.cuda_device import NO_GPU


def representation_shift(base, checkpoint, texts):
    some = spread(texts)
    return shift_of_states(*(layer_states(model, some) for model in (base, checkpoint)), some, model="m", step=3)


def states(seed, tokens=40, width=12):
    return torch.tensor(np.random.default_rng(seed).normal(0, 1, (tokens, width)) * np.arange(1, width + 1) + 3)


def rotation(seed, width=12):
    return torch.linalg.qr(torch.tensor(np.random.default_rng(seed).normal(0, 1, (width, width))))[0]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([(40, 12), (8, 12)]))
def test_cka_ignores_rotation_scale_and_shift(seed, shape):
    x = states(seed, *shape)
    assert linear_cka(x, 0.3 * x @ rotation(seed) + 5) == pytest.approx(1, abs=1e-9)
    assert 0 <= linear_cka(x, states(seed + 1, *shape)) < 1


def test_cka_by_its_definition_from_centred_kernels():
    """HSIC(K, L)/√(HSIC(K, K) HSIC(L, L)) with the centring matrix written out."""
    for shape in ((40, 12), (8, 12)):
        x, y = states(1, *shape).numpy(), states(2, *shape).numpy()
        n = len(x)
        h = np.eye(n) - 1 / n
        k, m = h @ (x @ x.T) @ h, h @ (y @ y.T) @ h
        expected = np.trace(k @ m) / math.sqrt(np.trace(k @ k) * np.trace(m @ m))
        assert linear_cka(torch.tensor(x), torch.tensor(y)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("shape", [(40, 12), (8, 12)])
def test_pca_shift_is_the_move_along_the_leading_singular_vectors(shape):
    x = states(3, *shape)
    move = torch.tensor(np.random.default_rng(4).normal(0, 1, shape[1]))
    _, _, vectors = np.linalg.svd((x - x.mean(0)).numpy(), full_matrices=False)
    expected = np.abs(vectors[:2] @ move.numpy())
    np.testing.assert_allclose(pca_shift(x, x + move).abs().numpy(), expected, rtol=1e-6)
    # moving away from the origin is a positive move, whatever sign the decomposition chose
    away = torch.tensor(vectors[0]) * float(np.sign(vectors[0] @ x.mean(0).numpy()))
    assert pca_shift(x, x + away)[0].item() == pytest.approx(1)


def test_cosine_is_the_mean_over_tokens():
    x = states(5)
    assert mean_cosine(x, 2 * x) == pytest.approx(1)
    assert mean_cosine(x, -x) == pytest.approx(-1)
    assert mean_cosine(torch.tensor([[1.0, 0], [1, 0]]), torch.tensor([[0.0, 1], [1, 0]])) == pytest.approx(0.5)


def test_padding_never_enters(family, tiny_model):
    model = tiny_model(family)
    texts = Texts("s", "reference", tuple(Text(f"{n}", (1, 2), tuple(range(3, 3 + n))) for n in (2, 30, 9)))
    alone, together = (layer_states(model, texts, batch_tokens=n) for n in (1, 10**6))
    assert len(alone) == model.config.num_hidden_layers + 1
    for one, two in zip(alone, together, strict=True):
        assert len(one) == 1 + 29 + 8
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4)


def test_several_streams_of_a_token_are_joined_before_or_after_the_tokens():
    streams = torch.randn(3, 2, 5, 4)  # streams, rows, tokens, width
    expected = torch.cat(list(streams), dim=-1)
    assert torch.equal(by_token(streams, (2, 5)), expected)
    assert torch.equal(by_token(streams.movedim(0, 2), (2, 5)), expected)
    assert torch.equal(by_token(expected, (2, 5)), expected)


def test_table_of_a_checkpoint(tokenizer, tiny_model, moved):
    base = tiny_model("llama")
    texts = unrelated_texts(tokenizer)
    tables = [representation_shift(base, moved(base, size), texts) for size in (0.0, 0.01, 0.1, 0.5)]
    assert tables[0]["layer"].to_list() == [0, 1, 2, -1]
    assert tables[0]["cka"].to_list() == pytest.approx([1.0] * 4)
    assert tables[0]["cosine"].to_list() == pytest.approx([1.0] * 4)
    assert tables[0]["pca_shift"].to_list() == [0.0] * 4
    whole = pl.concat(tables).filter(layer=-1)
    assert whole["cka"].to_list() == sorted(whole["cka"], reverse=True)
    assert whole["cosine"].to_list() == sorted(whole["cosine"], reverse=True)
    assert (whole["pca_shift_of_mean"] <= whole["pca_shift"] + 1e-12).all()  # the triangle inequality
    assert whole["pca_shift"][3] > whole["pca_shift"][1] > 0
    for table in tables:
        layers = table.filter(pl.col("layer") >= 0)
        assert layers["pca_shift"].mean() == pytest.approx(table.filter(layer=-1)["pca_shift"].item())
        assert layers["pca_shift_of_mean"].is_null().all()


def test_texts_are_spread_and_bounded(tokenizer, items):
    texts = unrelated_texts(tokenizer)
    assert texts.tokens > 2000
    assert len({text.item_id for text in texts.texts}) == len(texts.texts) == 20
    some = spread(texts, 600)
    assert 300 < some.tokens <= 600
    assert some.texts[0] == texts.texts[0]
    assert texts.texts.index(some.texts[-1]) > 10
    assert spread(reference_texts(tokenizer, items)).texts == reference_texts(tokenizer, items).texts


def test_texts_without_states_give_no_rows(tiny_model):
    base = tiny_model("llama")
    for texts in ((), (Text("a", (1,), (2,)), Text("b", (1,), ()))):
        assert representation_shift(base, base, Texts("s", "own", texts)).height == 0


def test_models_of_other_shape_are_refused(tokenizer, tiny_model):
    with pytest.raises(CheckpointError, match="differ in width or depth"):
        representation_shift(tiny_model("llama"), tiny_model("llama", hidden_size=48), unrelated_texts(tokenizer))


@pytest.mark.gpu
@NO_GPU
def test_layers_of_a_gpu_are_those_of_a_cpu(tiny_model, moved):
    texts = Texts("s", "reference", (Text("a", (5, 6, 7), tuple(range(8, 60))), Text("b", (12,), (13, 14))))
    model = tiny_model("llama")
    other = moved(model, 0.2)
    here = [layer_states(side, texts) for side in (model, other)]
    there = [layer_states(side.cuda(), texts) for side in (model, other)]
    for base, checkpoint, base_there, checkpoint_there in zip(*here, *there, strict=True):
        torch.testing.assert_close(base_there.cpu(), base, rtol=1e-3, atol=1e-3)
        for function in (linear_cka, mean_cosine):
            assert function(base_there, checkpoint_there) == pytest.approx(function(base, checkpoint), rel=1e-3)
        shifts = pca_shift(base_there, checkpoint_there).cpu(), pca_shift(base, checkpoint)
        torch.testing.assert_close(*shifts, rtol=1e-2, atol=1e-2)
