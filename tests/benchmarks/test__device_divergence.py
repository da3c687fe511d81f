"""The comparison of the divergence: all sides compute the same KL on the same states, and missing peers are named."""

from dataclasses import replace

import pytest
import torch

from benchmarks._device_divergence import LIGER, _in_blocks, _kl, _liger, _textbook, compared, comparison_table
from benchmarks._random_models import SHAPES
from benchmarks.environments import MissingError
from benchmarks.peers.liger_worker import random_heads
from skillprobe_core.measurements.divergence.logit_blocks import measure_states
from skillprobe_core.measurements.divergence.output_projection import Head
from tests.cuda_device import NO_GPU

SMALL = replace(SHAPES["tiny"], hidden=32, vocabulary=300, compared_tokens=700)


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])])
def device(request: pytest.FixtureRequest) -> torch.device:
    return torch.device(request.param)


def test_plain_torch_computes_what_skillprobe_computes(device: torch.device) -> None:
    sides = random_heads(SMALL.compared_tokens, SMALL.hidden, SMALL.vocabulary, torch.float32, device)
    weight, states, moved_weight, moved = sides
    token = torch.arange(SMALL.compared_tokens) % SMALL.vocabulary
    own = measure_states(Head(weight, None, 1.0, None), states, Head(moved_weight, None, 1.0, None), moved, token)
    alone = torch.cat([each.cpu() for each in _in_blocks(_kl, *sides, token.to(device))])
    all_measures = torch.cat([each.cpu() for each in _in_blocks(_textbook, *sides, token.to(device))], 1)
    assert own["forward_kl"].max() > 1e-5
    torch.testing.assert_close(own["forward_kl"], alone, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(own["forward_kl"], all_measures[0], rtol=1e-3, atol=1e-6)


def test_every_peer_has_a_line_and_a_missing_one_its_reason(device: torch.device) -> None:
    rows = list(compared(SMALL, device, runs=1))
    assert {row["peer"] for row in rows} == {"two projections", "KL alone", "plain torch", LIGER}
    for row in rows:
        if "missing" in row:
            assert row["peer"] == LIGER
            assert row["missing"]
        else:
            assert row["ratio"] == pytest.approx(row["peer_figure"] / row["skillprobe"])
            assert (row["peak_bytes"] is None) == (device.type == "cpu")
    text = comparison_table(rows)
    assert all(row["peer"] in text for row in rows)


def test_liger_is_not_started_without_a_gpu() -> None:
    with pytest.raises(MissingError, match="need a GPU"):
        _liger(SMALL, torch.device("cpu"), torch.float32, 1)


@pytest.mark.gpu
@NO_GPU
def test_liger_computes_the_same_kl() -> None:
    from benchmarks._peer_process import PeerProcess

    device, dtype = torch.device("cuda"), torch.float32
    try:
        worker = PeerProcess("liger", "liger_worker")
    except MissingError as error:
        pytest.skip(f"Liger is {error}")
    sizes = {"tokens": SMALL.compared_tokens, "width": SMALL.hidden, "vocabulary": SMALL.vocabulary}
    with worker:
        found = worker.ask(**sizes, dtype="float32", device="cuda", runs=1)
    sides = random_heads(SMALL.compared_tokens, SMALL.hidden, SMALL.vocabulary, dtype, device)
    token = torch.zeros(SMALL.compared_tokens, dtype=torch.long, device=device)
    own = torch.cat(_in_blocks(_kl, *sides, token)).mean()
    assert found["mean_kl"] == pytest.approx(float(own), rel=1e-2)
    assert found["memory"] > 0
