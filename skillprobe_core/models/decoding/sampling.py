"""Choice of the next token from logits: penalties, cuts, and draws with a seed for each row."""

from __future__ import annotations

import math
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


class History:
    """The tokens of each row's prompt and completion, from which penalties are computed.

    Memory: two booleans per row and token of the vocabulary.
    """

    def __init__(self, prompts: Sequence[Sequence[int]], vocabulary: int, device: torch.device) -> None:
        shape = (len(prompts), vocabulary)
        self._seen = torch.zeros(shape, dtype=torch.bool, device=device)
        self._written = torch.zeros_like(self._seen)
        for row, prompt in enumerate(prompts):
            known = torch.tensor(sorted({token for token in prompt if token < vocabulary}), device=device)
            self._seen[row, known.long()] = True

    def add(self, tokens: torch.Tensor) -> None:
        """Add one token to each row's completion."""
        for mask in (self._seen, self._written):
            mask.scatter_(1, tokens[:, None], value=True)

    def keep(self, rows: torch.Tensor) -> None:
        """Keep these rows, in this order."""
        self._seen, self._written = self._seen[rows], self._written[rows]

    def penalised(self, logits: torch.Tensor, settings: SamplingSettings) -> torch.Tensor:
        """The logits in float64 after both penalties, the repetition penalty first.

        Both are defined as in vLLM. The repetition penalty counts tokens of prompt and completion and is also that of
        transformers; the presence penalty (of OpenAI's API) counts those of the completion alone.
        """
        scores, factor = logits.double(), settings.repetition_penalty
        if factor != 1:
            scores = torch.where(self._seen, torch.where(scores > 0, scores / factor, scores * factor), scores)
        return torch.where(self._written, scores - settings.presence_penalty, scores)


class TokenChoice:
    """The choice of each row's next token, step by step, with the row's own random numbers and its own history."""

    def __init__(
        self,
        prompts: Sequence[Sequence[int]],
        seeds: Sequence[int | None],
        steps: int,
        settings: SamplingSettings,
        logits: torch.Tensor,
    ) -> None:
        """Begin with one prompt and seed per row; `logits` (rows, vocabulary) are those of the first step."""
        device = logits.device
        self._settings, self._step = settings, 0
        self._random = uniforms(seeds, steps, device)
        self._history = History(prompts, logits.shape[-1], device) if settings.penalised else None

    def next(self, logits: torch.Tensor) -> torch.Tensor:
        """Token of each row, chosen by its logits (rows, vocabulary) at this step."""
        uniform = None if self._random is None else self._random[:, self._step]
        self._step += 1
        if self._history is None:
            return next_tokens(logits, self._settings, uniform)
        tokens = next_tokens(self._history.penalised(logits, self._settings), self._settings, uniform)
        self._history.add(tokens)
        return tokens

    def keep(self, rows: torch.Tensor) -> None:
        """Keep these rows, in this order."""
        self._random = None if self._random is None else self._random[rows]
        if self._history is not None:
            self._history.keep(rows)


def next_tokens(logits: torch.Tensor, settings: SamplingSettings, uniform: torch.Tensor | None) -> torch.Tensor:
    """Token of each row of `logits` (rows, vocabulary): the arg-max, or a draw by inversion of the distribution.

    In float64. Tokens are ordered by id, or with a cut from the most to the least probable (ties by id). The cuts apply
    in vLLM's order: `min_p` and `top_k`, then `top_p` on the distribution that these leave, cut after the first token
    at which the sum reaches `top_p`.
    """
    if uniform is None:
        return logits.argmax(dim=-1)
    scores = logits.double() / settings.temperature
    if settings.top_p == 1 and settings.top_k == 0 and settings.min_p == 0:
        mass = scores.softmax(dim=-1).cumsum(dim=-1)
        return _invert(mass, uniform[:, None] * mass[:, -1:])[:, 0]
    scores, tokens = scores.sort(dim=-1, descending=True, stable=True)
    scores = _cut(scores, settings)
    mass = scores.softmax(dim=-1).cumsum(dim=-1)
    last = torch.searchsorted(mass, mass.new_full((len(mass), 1), settings.top_p)).clamp(max=mass.shape[1] - 1)
    # Rounding may leave the sum below `top_p`: tokens that were cut off before stay out.
    last = last.minimum(scores.isfinite().sum(dim=-1, keepdim=True) - 1)
    drawn = _invert(mass, uniform[:, None] * mass.gather(1, last))
    return tokens.gather(1, drawn.minimum(last))[:, 0]


def _cut(ordered: torch.Tensor, settings: SamplingSettings) -> torch.Tensor:
    """Scores in falling order with those that `min_p` and `top_k` exclude at minus infinity."""
    least = ordered.new_full((len(ordered), 1), -math.inf)
    if settings.min_p > 0:
        least = ordered[:, :1] + math.log(settings.min_p)
    if 0 < settings.top_k < ordered.shape[1]:
        least = least.maximum(ordered[:, settings.top_k - 1, None])
    return ordered.masked_fill(ordered < least, -math.inf)


def _invert(mass: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return torch.searchsorted(mass, target, right=True).clamp(max=mass.shape[1] - 1)
