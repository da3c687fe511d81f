"""Two models' logits at the same tokens: the input of every measure at one token."""

from __future__ import annotations

from functools import cached_property

from torch import Tensor

from .fused_sums import fused_sums
from .pair_sums import PairSums, Scratch, pair_sums
from .ranking import Ranking


class LogitPair:
    """Two models' logits at the same tokens, with quantities that measures share, computed on first use.

    p is the base's distribution over the vocabulary, q the checkpoint's.
    base, checkpoint: fp32 logits (tokens, vocabulary); token: the text's own next token, int64 (tokens,). Ranges of the
    tokens use the same memory one after the other, so only one thread may use them. base_outside, checkpoint_outside:
    log Σ exp of the logits that are not compared (tokens,); None if a model has no such logits.
    """

    def __init__(
        self,
        base: Tensor,
        checkpoint: Tensor,
        token: Tensor,
        scratch: Scratch | None = None,
        *,
        base_outside: Tensor | None = None,
        checkpoint_outside: Tensor | None = None,
    ) -> None:
        self.base = base
        self.checkpoint = checkpoint
        self.token = token
        self.base_outside = base_outside
        self.checkpoint_outside = checkpoint_outside
        self._scratch = scratch or Scratch()
        self.base_ranking = Ranking(base)
        self.checkpoint_ranking = Ranking(checkpoint)

    def rows(self, start: int, end: int) -> LogitPair:
        """A range of the tokens."""
        outside = (None if each is None else each[start:end] for each in (self.base_outside, self.checkpoint_outside))
        base_outside, checkpoint_outside = outside
        part = LogitPair(
            self.base[start:end],
            self.checkpoint[start:end],
            self.token[start:end],
            self._scratch,
            base_outside=base_outside,
            checkpoint_outside=checkpoint_outside,
        )
        if "sums" in self.__dict__:
            part.sums = self.sums.rows(start, end)
        return part

    def with_own_memory(self) -> LogitPair:
        """The same pair for another thread."""
        return LogitPair(
            self.base,
            self.checkpoint,
            self.token,
            base_outside=self.base_outside,
            checkpoint_outside=self.checkpoint_outside,
        )

    @cached_property
    def sums(self) -> PairSums:
        """Sums over the vocabulary."""
        if (fused := fused_sums(self.base.device)) is not None:
            return fused(self.base, self.checkpoint)
        places = self.base_ranking.first, self.checkpoint_ranking.first
        return pair_sums(self.base, self.checkpoint, *places, self._scratch)

    @cached_property
    def log_p(self) -> Tensor:
        """log p (tokens, vocabulary)."""
        return self.base.log_softmax(-1)

    @cached_property
    def log_q(self) -> Tensor:
        """log q (tokens, vocabulary)."""
        return self.checkpoint.log_softmax(-1)

    @cached_property
    def log_ratio(self) -> Tensor:
        """d = log q − log p: the difference of the logits (exact if they are close) minus that of the normalisers."""
        shift = self.checkpoint.double().logsumexp(-1) - self.base.double().logsumexp(-1)
        return (self.checkpoint - self.base).sub_(shift.float().unsqueeze(1))
