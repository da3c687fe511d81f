"""Hidden states do not depend on how texts were batched, and padding never enters."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.divergence.hidden_states import batches_of, final_states
from skillprobe_core.measurements.divergence.token_texts import Text, Texts
from tests.cuda_device import NO_GPU, nearly_full

lengths = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), max_size=40)


def texts_of(sizes, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def ids(n):
        return tuple(torch.randint(0, 256, (n,), generator=generator).tolist())

    return Texts("s", "reference", tuple(Text(f"{i}", ids(p), ids(c)) for i, (p, c) in enumerate(sizes)))


@settings(deadline=None)
@given(lengths, st.integers(1, 500))
def test_batches_hold_every_text_once_within_the_bound(sizes, batch_tokens):
    texts = texts_of(sizes).texts
    batches = list(batches_of(texts, batch_tokens))
    assert sorted(i for batch in batches for i in batch) == [i for i, text in enumerate(texts) if text.completion]
    for batch in batches:
        longest = max(len(texts[i].inputs) for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= batch_tokens


def test_a_state_is_that_of_the_token_before(tiny_model):
    model = tiny_model("llama")
    texts = texts_of([(4, 3)])
    (batch,) = final_states(model, texts)
    with torch.inference_mode():
        hidden = model.model(torch.tensor([[*texts.texts[0].prompt, *texts.texts[0].completion]])).last_hidden_state
    torch.testing.assert_close(batch.states, hidden[0, 3:6])


@pytest.mark.gpu
@NO_GPU
def test_states_of_a_gpu_are_those_of_a_cpu(family, tiny_model):
    model, texts = tiny_model(family), texts_of([(4, 30), (50, 2), (1, 1)])
    here = list(final_states(model, texts))
    there = list(final_states(model.cuda(), texts))
    assert [each.index for each in there] == [each.index for each in here]
    for one, other in zip(there, here, strict=True):
        assert one.states.device.type == "cuda"
        torch.testing.assert_close(one.states.cpu(), other.states, rtol=1e-3, atol=1e-3)


@pytest.mark.gpu
@NO_GPU
def test_a_batch_that_does_not_fit_on_a_gpu_is_divided(tiny_model):
    model = tiny_model("llama", intermediate_size=1 << 15).cuda()
    texts = texts_of([(4, 200)] * 40)
    (expected,) = final_states(model, texts, batch_tokens=10**5)
    with nearly_full(600 << 20):
        (found,) = final_states(model, texts, batch_tokens=10**5)
    torch.testing.assert_close(found.states, expected.states, rtol=1e-3, atol=1e-3)
