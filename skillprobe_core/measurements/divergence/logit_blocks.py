"""Measures of many tokens, in blocks: both models' logits exist for only a few hundred tokens at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .divergence_kernel import fused_measures
from .divergence_measure import Measure
from .divergence_registry import per_token
from .logit_pair import LogitPair
from .output_projection import Head

LOGITS_AT_A_TIME = 2**24  # for each model: 64 MiB in fp32
CACHED_LOGITS = 2**17  # measured at a time on a CPU, so that intermediate results stay in its caches


def measure(pair: LogitPair, measures: Sequence[Measure] | None = None) -> dict[str, Tensor]:
    """Every measure (default: all of the registry) at every token: name to fp32 (tokens,) on the CPU.

    The kernel computes those whose function it agrees with, if it can run; the others are computed by their functions.
    """
    measures = per_token() if measures is None else measures
    fused = fused_measures(pair)
    values = {each.name: fused[each.function] for each in measures if each.function in fused}
    rest = [each for each in measures if each.name not in values]
    if rest:
        rows = max(1, CACHED_LOGITS // pair.base.shape[1]) if pair.base.device.type == "cpu" else len(pair.token)
        parts: dict[str, list[Tensor]] = {each.name: [] for each in rest}
        for start in range(0, len(pair.token), rows):
            some = pair.rows(start, start + rows)
            for each in rest:
                parts[each.name].append(each.function(some).float())
        values |= {name: torch.cat(part).to("cpu") for name, part in parts.items()}
    return {each.name: values[each.name] for each in measures}


def measure_states(
    base: Head, base_states: Tensor, checkpoint: Head, checkpoint_states: Tensor, token: Tensor
) -> dict[str, Tensor]:
    """Every measure at every token, from the final hidden states of two models: name to fp32 (tokens,) on the CPU.

    base_states, checkpoint_states: (tokens, width of each model); token: the text's own tokens, int64 (tokens,).
    Both heads have the same vocabulary and are on the same device.
    """
    device, vocabulary = checkpoint.weight.device, checkpoint.vocabulary
    blocks = math.ceil(len(token) / max(1, LOGITS_AT_A_TIME // vocabulary))
    rows = math.ceil(len(token) / max(1, blocks))
    buffers = [torch.empty(rows, vocabulary, device=device) for _ in range(2)]
    parts: dict[str, list[Tensor]] = {}
    with torch.inference_mode():
        for start in range(0, len(token), rows):
            block = slice(start, start + rows)
            ids = token[block].to(device)
            p = base.project(base_states[block], out=buffers[0][: len(ids)])
            q = checkpoint.project(checkpoint_states[block], out=buffers[1][: len(ids)])
            for name, value in measure(LogitPair(p, q, ids)).items():
                parts.setdefault(name, []).append(value)
    return {name: torch.cat(values) for name, values in parts.items()}
