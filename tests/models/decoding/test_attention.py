"""A decoding step attends over the columns that hold tokens, and gives what attention over all of them gives."""

import pytest
import torch

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.decoding import decoding
from skillprobe_core.models.decoding.attention import spans_of, within
from skillprobe_core.models.decoding.prefill import Forward, prefill
from tests.models.conftest import build_model


@pytest.mark.parametrize("lengths", [[9], [40, 39, 38], [100, 90, 50, 49, 20, 3], [3, 100, 4, 100], [1, 1, 50]])
def test_spans_hold_every_row_once_with_all_its_columns(lengths):
    spans = spans_of(lengths)
    rows = [row for span, _ in spans for row in range(len(lengths))[span]]
    assert rows == list(range(len(lengths)))
    for span, columns in spans:
        assert columns == max(lengths[span])
        assert min(lengths[span]) >= columns / 2


def test_similar_lengths_are_one_span():
    assert spans_of([40, 39, 38]) == [(slice(0, 3), 40)]
    assert len(spans_of([100, 90, 50, 49, 20, 3])) == 4


def test_a_step_within_spans_gives_the_logits_of_a_step_over_everything(family):
    model = build_model(family)
    prompts = [tuple(range(length, 2 * length)) for length in (40, 38, 20, 19, 3)]

    def step(spans):
        forward = Forward(model)
        start = prefill(forward, prompts, [0] * len(prompts), 44)
        lengths = torch.tensor([len(prompts[number]) for number in start.order])
        mask = torch.cat([start.mask, torch.ones(len(prompts), 1, dtype=torch.long)], dim=1)
        return forward(torch.full((len(prompts), 1), 7), lengths[:, None], mask, start.cache, spans)

    with torch.inference_mode():
        everything = step([])
        parted = step([(slice(0, 2), 41), (slice(2, 4), 21), (slice(4, 5), 4)])
    assert torch.allclose(parted, everything, atol=1e-5, rtol=1e-4)


def test_the_models_attention_is_its_own_again_afterwards():
    model = build_model("Llama")
    used = []
    model.register_forward_pre_hook(lambda *_: used.append(model.config._attn_implementation))
    spans = [(slice(0, 1), 4), (slice(1, 2), 2)]
    with pytest.raises(IndexError), within(model, spans):
        model(torch.tensor([[10**6]]))  # no such token
    assert used == ["skillprobe_spans"]
    assert model.config._attn_implementation == "sdpa"


def test_batches_of_mixed_lengths_decode_in_spans(make_backend, mixed_requests, monkeypatch):
    """On a CPU; a GPU takes all rows in one call."""
    backend, seen = make_backend(), []

    def note(lengths):
        seen.append(spans_of(lengths))
        return seen[-1]

    monkeypatch.setattr(decoding, "spans_of", note)
    list(backend.complete(mixed_requests(12), SamplingSettings(max_new_tokens=4)))
    assert any(len(spans) > 1 for spans in seen) == (backend.model.device.type == "cpu")
