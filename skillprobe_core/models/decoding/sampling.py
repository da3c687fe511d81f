"""Choice of the next token from logits, with a seed for each row."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from skillprobe_core.models.backend import SamplingSettings


def uniforms(seeds: Sequence[int | None], steps: int, device: torch.device) -> torch.Tensor | None:
    """Uniform numbers in [0, 1) for each row and step, shape (rows, steps); None for greedy decoding.

    A row's numbers depend on its seed alone, so that its completion does not depend on the rows around it.
    """
    if any(seed is None for seed in seeds):
        return None
    rows = [
        torch.rand(steps, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        for seed in seeds
        if seed is not None
    ]
    return torch.stack(rows).to(device)


def next_tokens(logits: torch.Tensor, settings: SamplingSettings, uniform: torch.Tensor | None) -> torch.Tensor:
    """Token of each row of `logits` (rows, vocabulary): the arg-max, or a draw by inversion of the distribution.

    In float64. Tokens are ordered by id, or with `top_p` below 1 from the most to the least probable (ties by id)
    and cut after the first one at which the sum reaches `top_p`.
    """
    if uniform is None:
        return logits.argmax(dim=-1)
    scores = logits.double() / settings.temperature
    if settings.top_p == 1:
        mass = scores.softmax(dim=-1).cumsum(dim=-1)
        return _invert(mass, uniform[:, None] * mass[:, -1:])[:, 0]
    scores, tokens = scores.sort(dim=-1, descending=True, stable=True)
    mass = scores.softmax(dim=-1).cumsum(dim=-1)
    last = torch.searchsorted(mass, mass.new_full((len(mass), 1), settings.top_p)).clamp(max=mass.shape[1] - 1)
    drawn = _invert(mass, uniform[:, None] * mass.gather(1, last))
    return tokens.gather(1, drawn.minimum(last))[:, 0]


def _invert(mass: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return torch.searchsorted(mass, target, right=True).clamp(max=mass.shape[1] - 1)
