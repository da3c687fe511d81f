"""Accuracy on trained weights: the base that the demo tunes, against copies of it that hardly moved."""

import pytest
import torch

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.measurements.divergence.hidden_states import final_states
from skillprobe_core.measurements.divergence.logit_blocks import measure_states
from skillprobe_core.measurements.divergence.output_projection import head_of
from skillprobe_core.measurements.divergence.token_texts import reference_texts
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.tokenizer_loading import load_tokenizer

KINDS = ("column_sum", "stack_machine", "digit_numbers", "contradiction", "science_recall")


@pytest.fixture(scope="module")
def base():
    return load_model(base_model_folder(), dtype=torch.float32, device="cpu")


@pytest.fixture(scope="module")
def texts():
    items = build_item_set([kind_named(name) for name in KINDS], levels=(1,), per_level=2, seed=0)
    return reference_texts(load_tokenizer(base_model_folder()), items)


def divergences(base, checkpoint, texts):
    """Ours, and float64's from the same fp32 logits and from logits that are projected in float64."""
    heads = head_of(base), head_of(checkpoint)
    states = [torch.cat([batch.states for batch in final_states(m, texts)]) for m in (base, checkpoint)]
    order = [i for batch in final_states(base, texts) for i in batch.index]
    token = torch.tensor([t for i in order for t in texts.texts[i].completion])
    ours = measure_states(heads[0], states[0], heads[1], states[1], token)
    found = []
    for project in (
        lambda head, h: head.project(h).double(),
        lambda head, h: h.double() @ head.weight.double().T,
    ):
        p, q = (project(head, h).log_softmax(-1) for head, h in zip(heads, states, strict=True))
        # Written as it is here, since even float64 loses digits in Σ p (log p - log q).
        d = q - p
        found.append((p.exp() * (torch.expm1(d) - d)).sum(-1))
    return ours, *found


def test_kl_of_a_millionth_keeps_four_digits(base, texts, moved):
    errors = []
    for size in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2):
        ours, same_logits, exact = divergences(base, moved(base, size), texts)
        kl = ours["forward_kl"].double()
        assert min(float(ours[name].min()) for name in ("forward_kl", "reverse_kl", "js", "tv")) >= 0
        near = (same_logits > 3e-7) & (same_logits < 3e-6)
        errors += ((kl - same_logits).abs() / same_logits)[near].tolist()
        if exact.mean() > 1e-6:  # and the rounding of the logits themselves hardly shows in the mean
            assert float(kl.mean()) == pytest.approx(float(exact.mean()), rel=1e-3)
    assert len(errors) > 30
    assert max(errors) < 1e-4


def test_interpolating_to_a_moved_copy_starts_at_zero_and_grows(base, texts, moved):
    far = moved(base, 0.05)
    path = []
    for share in (0.0, 1e-3, 0.1, 0.5, 1.0):
        between = moved(base, 0.0)
        with torch.no_grad():
            for mine, start, end in zip(between.parameters(), base.parameters(), far.parameters(), strict=True):
                mine.copy_(start + share * (end - start))
        path.append(float(divergences(base, between, texts)[0]["forward_kl"].mean()))
    assert path[0] == 0.0
    assert path == sorted(path)
    assert path[-1] > 100 * path[1] > 0
