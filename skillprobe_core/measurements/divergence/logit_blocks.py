"""Measures of many tokens, in blocks: both models' logits exist for only a few hundred tokens at a time.

The vocabulary is not divided: each measure is a function of all logits of a token, so that a new one is a file of its
own. On a device the logits of a block are written once, by the projections, and read twice for all sums over the
vocabulary where a kernel serves (`fused_sums.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from skillprobe_core.models.device_memory import enough_memory, in_parts

from .divergence_measure import Measure
from .divergence_registry import per_token
from .fused_sums import fused_sums
from .logit_pair import LogitPair
from .output_projection import Head

LOGITS_AT_A_TIME = 2**24  # for each model on a CPU: 64 MiB in fp32
DEVICE_LOGITS = 2**26  # the same on a device: enough tokens for the projections to be limited by arithmetic
_ON_CPU = 'set device = "cpu" under [compute] in skillprobe.toml'
CACHED_LOGITS = 2**18  # measured at a time on a CPU, so that intermediate results stay in its caches
MEASURED_LOGITS = 2**23  # measured at a time on a device, so that intermediate results need little memory


def measure(pair: LogitPair, measures: Sequence[Measure] | None = None) -> dict[str, Tensor]:
    """Every measure (default: all of the registry) at every token: name to fp32 (tokens,) on the CPU.

    On a CPU `torch.get_num_threads()` threads take blocks of tokens in turn; the values do not depend on their number.
    """
    measures = per_token() if measures is None else measures
    tokens, vocabulary = pair.base.shape
    if pair.base.device.type != "cpu":
        return _on_device(pair, measures)
    rows = max(1, CACHED_LOGITS // vocabulary)
    blocks = [range(start, min(start + rows, tokens)) for start in range(0, tokens, rows)]
    threads = min(torch.get_num_threads(), len(blocks))

    def of_thread(number: int) -> list[list[Tensor]]:
        with torch.inference_mode():
            own = pair.with_own_memory()
            found = (own.rows(block.start, block.stop) for block in blocks[number::threads])
            return [[each.function(some).float() for each in measures] for some in found]

    parts: list[list[Tensor]] = [[] for _ in blocks]
    for number, found in enumerate(_in_threads(of_thread, threads)):
        parts[number::threads] = found
    return {each.name: torch.cat(values) for each, values in zip(measures, zip(*parts, strict=True), strict=True)}


def _on_device(pair: LogitPair, measures: Sequence[Measure]) -> dict[str, Tensor]:
    tokens, vocabulary = pair.base.shape
    rows = max(1, MEASURED_LOGITS // vocabulary)
    if fused_sums(pair.base.device) is not None:
        pair.sums  # noqa: B018  for all tokens at once, which `rows` divides
    blocks = (pair.rows(start, min(start + rows, tokens)) for start in range(0, tokens, rows))
    parts = [torch.stack([each.function(some).float() for each in measures]) for some in blocks]
    # Copied together: each copy waits for the device.
    return dict(zip((each.name for each in measures), torch.cat(parts, 1).cpu(), strict=True))


def _in_threads(of_thread: Callable[[int], list[list[Tensor]]], threads: int) -> list[list[list[Tensor]]]:
    """The results of `of_thread(0)`, `of_thread(1)`, ..., each computed by one thread.

    An operation on one block is too short to be divided among threads, which would wait for each other after each.
    """
    before = torch.get_num_threads()
    if before == 1:
        return [of_thread(0)]
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(of_thread, range(threads)))
    finally:
        torch.set_num_threads(before)


def measure_states(
    base: Head,
    base_states: Tensor,
    checkpoint: Head,
    checkpoint_states: Tensor,
    token: Tensor,
    *,
    base_outside: Head | None = None,
    checkpoint_outside: Head | None = None,
) -> dict[str, Tensor]:
    """Every measure at every token, from the final hidden states of two models: name to fp32 (tokens,) on the CPU.

    base_states, checkpoint_states: (tokens, width of each model); token: the text's own tokens, int64 (tokens,).
    Both heads have the same vocabulary and are on the same device. base_outside, checkpoint_outside: projections to the
    tokens that are not compared, if there are any, for the mass on them.
    """
    device, vocabulary = checkpoint.weight.device, checkpoint.vocabulary
    at_a_time = LOGITS_AT_A_TIME if device.type == "cpu" else DEVICE_LOGITS
    blocks = math.ceil(len(token) / max(1, at_a_time // vocabulary))
    rows = max(1, math.ceil(len(token) / max(1, blocks)))
    buffers: list[Tensor] = []

    def of_block(part: range) -> dict[str, Tensor]:
        block = slice(part.start, part.stop)
        try:
            if not buffers:
                buffers.extend([torch.empty(len(part), vocabulary, device=device) for _ in range(2)])
            ids = token[block].to(device)
            p = base.project(base_states[block], out=buffers[0][: len(ids)])
            q = checkpoint.project(checkpoint_states[block], out=buffers[1][: len(ids)])
            pair = LogitPair(
                p,
                q,
                ids,
                base_outside=_log_sum(base_outside, base_states[block]),
                checkpoint_outside=_log_sum(checkpoint_outside, checkpoint_states[block]),
            )
            return measure(pair)
        except BaseException:
            buffers.clear()  # a smaller block has smaller ones
            raise

    parts: dict[str, list[Tensor]] = {}
    with torch.inference_mode(), enough_memory(device, "the logits of a single token", _ON_CPU):
        for measured in in_parts(len(token), of_block, size=rows):
            for name, value in measured.items():
                parts.setdefault(name, []).append(value)
    return {name: torch.cat(values) for name, values in parts.items()} or {
        each.name: torch.empty(0) for each in per_token()
    }


def _log_sum(head: Head | None, states: Tensor) -> Tensor | None:
    """log Σ exp of a head's logits (tokens,) in fp32."""
    return None if head is None else head.project(states).logsumexp(-1)
