"""The most probable tokens of one model, found without sorting its vocabulary."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

LEADING = 10
_GROUP = 64  # logits that are looked at one by one only if their maximum is among the leading ones


class Ranking:
    """The order of one model's logits at some tokens: fp32 (tokens, vocabulary)."""

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits
        size = logits.shape[1]
        # Groups of a small vocabulary would save nothing.
        self._grouped = size // _GROUP * _GROUP if size >= 4 * LEADING * _GROUP else 0

    @property
    def _groups(self) -> Tensor:
        """Complete groups (tokens, groups, logits of a group), as a view."""
        return self.logits[:, : self._grouped].view(-1, self._grouped // _GROUP, _GROUP)

    @cached_property
    def _maxima(self) -> Tensor:
        return self._groups.amax(-1)

    @cached_property
    def first(self) -> Tensor:
        """The most probable token (tokens, 1); of equal ones the first."""
        rest = self.logits[:, self._grouped :]
        if not self._grouped:
            return rest.argmax(-1, keepdim=True)
        group = self._maxima.argmax(-1, keepdim=True)
        chosen = self._groups.gather(1, group.unsqueeze(-1).expand(-1, -1, _GROUP)).squeeze(1)
        found = group * _GROUP + chosen.argmax(-1, keepdim=True)
        if not rest.shape[1]:
            return found
        later = rest.amax(-1, keepdim=True) > chosen.amax(-1, keepdim=True)
        return torch.where(later, rest.argmax(-1, keepdim=True) + self._grouped, found)

    @cached_property
    def leading(self) -> Tensor:
        """The ten most probable tokens in order (tokens, 10), or all of a smaller vocabulary.

        The ten groups with the largest maxima and the incomplete one contain them.
        """
        if not self._grouped:
            return self.logits.topk(min(LEADING, self.logits.shape[1]), -1).indices
        device = self.logits.device
        groups = self._maxima.topk(LEADING, -1).indices.unsqueeze(-1)
        ids = (groups * _GROUP + torch.arange(_GROUP, device=device)).flatten(1)
        rest = torch.arange(self._grouped, self.logits.shape[1], device=device)
        ids = torch.cat([ids, rest.expand(len(ids), -1)], 1)
        return ids.gather(1, self.logits.gather(1, ids).topk(LEADING, -1).indices)

    def rank(self, token: Tensor) -> Tensor:
        """Number of tokens that are more probable than the given ones (tokens,), as fp32."""
        own = self.logits.gather(1, token.unsqueeze(1))
        if self.logits.device.type != "cpu":
            return (self.logits > own).sum(-1).float()
        # Ones and zeros in fp32, exact up to 2^24: on a CPU booleans take four times as long to sum up.
        return torch.gt(self.logits, own, out=torch.empty_like(self.logits)).sum(-1)
