"""All divergence measures from two models' hidden states, compared with plain torch and Liger at the same shapes.

All sides get the same states and projections, in bfloat16 on a CUDA device and in float32 on a CPU. Times are the
median of several runs on the wall clock, after a warm-up run, with all kernels finished; peaks of memory include the
states and the projections. skillprobe computes all its
measures at every token, exactly over the vocabulary, in float32. The peers compute less, and in lower precision:

two projections   both models' logits alone, in the stored type
KL alone          the projections and the KL divergence from two log-softmaxes, in float32
plain torch       the projections and the same measures, one after the other, in float32
Liger             the fused linear divergence with beta 0, which is KL, as its one sum; it also computes the gradient of
                  the states
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from skillprobe_core.machine.fast_number_types import fast_number_type
from skillprobe_core.measurements.divergence.logit_blocks import measure_states
from skillprobe_core.measurements.divergence.output_projection import Head

from ._figure import row, versions
from ._peer_process import PeerProcess
from ._stage_report import aligned
from .divergence import textbook
from .environments import MissingError
from .peers.liger_worker import random_heads

if TYPE_CHECKING:
    from ._random_models import Shape

RUNS = 3
LIGER = "Liger"
_BLOCK_TOKENS = 512


def compared(shape: Shape, device: torch.device, *, runs: int = RUNS) -> Iterator[dict[str, Any]]:
    """JSON lines that compare skillprobe with each peer; a peer that is not there has a line with the reason."""
    dtype = fast_number_type("bfloat16", shape.parameters, device).torch
    found = _in_this_process(shape, device, dtype, runs)
    own_seconds, own_memory = found.pop("skillprobe")
    about = {
        "tokens": shape.compared_tokens,
        "width": shape.hidden,
        "vocabulary": shape.vocabulary,
        "dtype": str(dtype).removeprefix("torch."),
        "peak_bytes": own_memory,
    }
    packages = versions("torch")
    try:
        seconds, memory, liger = _liger(shape, device, dtype, runs)
        found[LIGER] = seconds, memory
        packages |= liger
    except (MissingError, RuntimeError) as error:
        yield {"name": "divergence", "peer": LIGER, "missing": str(error), **about}
    for peer, (seconds, memory) in found.items():
        yield row(
            "divergence",
            unit="s",
            skillprobe=own_seconds,
            peer=peer,
            peer_figure=seconds,
            ratio=seconds / own_seconds,
            threads=torch.get_num_threads(),
            runs=runs,
            versions=packages,
            **about,
            peer_peak_bytes=memory,
        )


def _in_this_process(
    shape: Shape, device: torch.device, dtype: torch.dtype, runs: int
) -> dict[str, tuple[float, int | None]]:
    """Seconds and peak memory of skillprobe and of the sides that need no other package."""
    tokens, vocabulary = shape.compared_tokens, shape.vocabulary
    weight, states, moved_weight, moved = random_heads(tokens, shape.hidden, vocabulary, dtype, device)
    token = torch.randint(0, vocabulary, (tokens,), generator=torch.Generator().manual_seed(2))
    base, checkpoint = Head(weight, None, 1.0, None), Head(moved_weight, None, 1.0, None)
    on_device = token.to(device)
    sides: dict[str, Callable[[], object]] = {
        "skillprobe": lambda: measure_states(base, states, checkpoint, moved, token),
        "two projections": partial(_in_blocks, _projections, weight, states, moved_weight, moved, on_device),
        "KL alone": partial(_in_blocks, _kl, weight, states, moved_weight, moved, on_device),
        "plain torch": partial(_in_blocks, _textbook, weight, states, moved_weight, moved, on_device),
    }
    with torch.inference_mode():
        return {name: timed(side, device, runs) for name, side in sides.items()}


def comparison_table(rows: Sequence[dict[str, Any]]) -> str:
    """The comparison as text, with the reason below it for each peer that is not there."""
    measured = [each for each in rows if "missing" not in each]
    about = measured[0]
    title = (
        f"All divergence measures of {about['tokens']:,} tokens, width {about['width']:,}, vocabulary "
        f"{about['vocabulary']:,}, {about['dtype']}; median of {about['runs']}"
    )
    cells = [("", "seconds", "its time / skillprobe's", "device tensors MiB")]
    cells.append(("skillprobe", f"{about['skillprobe']:.4g}", "1", _mebibytes(about["peak_bytes"])))
    for each in measured:
        ratio = f"{each['ratio']:.3g}"
        cells.append((each["peer"], f"{each['peer_figure']:.4g}", ratio, _mebibytes(each["peer_peak_bytes"])))
    missing = [f"{each['peer']}: not measured: {each['missing']}" for each in rows if "missing" in each]
    return "\n".join([title, *aligned(cells), *missing])


def timed(function: Callable[[], object], device: torch.device, runs: int) -> tuple[float, int | None]:
    """Median of the wall-clock seconds after a warm-up run, and the peak of torch's tensors on a CUDA device."""
    cuda = device.type == "cuda"
    seconds = []
    if cuda:
        torch.cuda.reset_peak_memory_stats(device)
    for _ in range(runs + 1):
        if cuda:
            torch.cuda.synchronize(device)
        started = time.perf_counter()
        function()
        if cuda:
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:]), torch.cuda.max_memory_allocated(device) if cuda else None


def _in_blocks(
    of_block: Callable[[Tensor, Tensor, Tensor], Tensor],
    weight: Tensor,
    states: Tensor,
    moved_weight: Tensor,
    moved: Tensor,
    token: Tensor,
) -> list[Tensor]:
    """A function of both models' logits and the tokens, block by block."""
    blocks = [slice(start, start + _BLOCK_TOKENS) for start in range(0, len(token), _BLOCK_TOKENS)]
    return [of_block(states[each] @ weight.T, moved[each] @ moved_weight.T, token[each]) for each in blocks]


def _projections(p: Tensor, q: Tensor, _: Tensor) -> Tensor:
    return torch.stack([p[:, 0], q[:, 0]])


def _kl(p: Tensor, q: Tensor, _: Tensor) -> Tensor:
    log_p, log_q = p.float().log_softmax(-1), q.float().log_softmax(-1)
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def _textbook(p: Tensor, q: Tensor, token: Tensor) -> Tensor:
    return textbook(p.float(), q.float(), token)


def _liger(
    shape: Shape, device: torch.device, dtype: torch.dtype, runs: int
) -> tuple[float, int | None, dict[str, str]]:
    """Seconds, peak memory and versions of Liger's fused divergence; raises MissingError where it cannot run."""
    if device.type != "cuda":
        raise MissingError(f"its kernels need a GPU, and the device is {device.type}")
    with PeerProcess("liger", "liger_worker") as worker:
        found = worker.ask(
            tokens=shape.compared_tokens,
            width=shape.hidden,
            vocabulary=shape.vocabulary,
            dtype=str(dtype).removeprefix("torch."),
            device=str(device),
            runs=runs,
        )
        return found["seconds"], found["memory"], worker.versions


def _mebibytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 2**20:,.0f}"
