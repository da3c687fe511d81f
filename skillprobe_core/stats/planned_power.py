"""Power of a test of drops before anything is measured: of one look, and of a look in a watched run.

The test is the sign-flip test of `sign_flips`, adjusted over a family of groups by the largest statistic (Westfall and
Young 1993). Groups of several scopes are compared on the scale of `scopes_together`. Items are independent. Without a
real change an item turns right and turns wrong with the same probability, in every group. In one group, items also turn
wrong by the drop. The power is summed over the outcomes of that group: the number of changed items and of losses among
them. The other groups enter by the distribution of their statistic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betainc, gammaln, ndtr
from scipy.stats import binom

from .detectable_drop import POWER
from .sign_flips import FLIPS
from .significance import SIGNIFICANCE

Array = NDArray[np.float64]

_TIE = 1e-9
_REACH = 6.0
_MANY = 1_000
"""Items above which the normal approximation is used (Connor 1987): drops then differ by less than 0.002."""
_EXACT = 512
"""Number of changed items (of other groups: on average) up to which flips have their exact distribution; above, the
normal one."""
_TOLERANCE = 5e-4
_MOST_ITEMS = 100_000


@dataclass(frozen=True)
class Family:
    """A family of groups that are tested together.

    size: number of items of the group that drops. others: numbers of items of the other groups.
    flips: probability that an item turns right, and also that it turns wrong, without a real change; at most 0.5.
    level: error rate of the family. two_sided: True for a test of changes, False for one of drops alone.
    offsets: for each of the others, the squared critical value of its scope minus that of the group's scope. A
    statistic t of the group is as far out as one of sqrt(t² + offset) of the other. () if all are of one scope.
    """

    size: int
    others: tuple[int, ...]
    flips: float
    level: float = SIGNIFICANCE
    two_sided: bool = True
    offsets: tuple[float, ...] = ()

    def of_size(self, size: int) -> Family:
        """The family with `size` items in the group, and the other groups in proportion."""
        others = tuple(max(round(each * size / self.size), 1) for each in self.others)
        return replace(self, size=size, others=others)

    def power(self, drop: float) -> float:
        """Probability that a drop of the group is found; `drop` is in accuracy, 0 to 1."""
        moving = min(2 * self.flips + drop, 1.0)
        if self.size > _MANY:
            spread = np.sqrt(max(moving - drop**2, 1e-12))
            return float(ndtr((drop * np.sqrt(self.size) - self._critical * np.sqrt(moving)) / spread))
        chance = binom.pmf(self._changed, self.size, moving)
        losing = 0.0 if moving == 0 else (self.flips + drop) / (2 * self.flips + drop)
        possible = self._fewest_losses <= self._changed
        fewest, changed = self._fewest_losses[possible], self._changed[possible]
        return float((chance[possible] * betainc(fewest, changed - fewest + 1, min(losing, 1.0))).sum())

    def found(self, power: float = POWER, most: float = 1.0) -> float | None:
        """Smallest drop that is found with this power, to 0.0005; None if none up to `most` is."""
        most = min(most, 1.0 - 2 * self.flips)
        if self.power(most) < power:
            return None
        low, high = 0.0, most
        while high - low > _TOLERANCE:
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle) >= power else (middle, high)
        return high

    @property
    def _critical(self) -> float:
        """The normal value that a statistic must exceed if the groups are independent (Šidák 1967)."""
        offsets, many = np.array([[0.0, 1.0], *Counter(self._offsets).items()]).T

        def surplus(statistic: float) -> float:
            tail = ndtr(-np.sqrt(np.maximum(statistic**2 + offsets, 0.0)))
            return float(np.prod((1.0 - (1 + self.two_sided) * tail) ** many) - (1.0 - self.level))

        return float(brentq(surplus, 0.0, 20.0))

    @property
    def _offsets(self) -> tuple[float, ...]:
        return self.offsets or (0.0,) * len(self.others)

    @cached_property
    def _changed(self) -> Array:
        return np.arange(self.size + 1.0)

    @cached_property
    def _fewest_losses(self) -> Array:
        """For every number of changed items, the fewest losses whose adjusted p-value is significant; else one more."""
        changed = self._changed
        low, high = np.floor(changed / 2), changed + 1
        while np.any(high - low > 1):
            losses = np.floor((low + high) / 2)
            open_ = high - low > 1
            enough = self._adjusted_p(np.minimum(losses, changed)) <= self.level
            low, high = np.where(open_ & ~enough, losses, low), np.where(open_ & enough, losses, high)
        return high

    def _adjusted_p(self, losses: Array) -> Array:
        """The adjusted p-value of so many losses among each number of changed items."""
        changed = self._changed
        statistic = (2 * losses - changed) / np.sqrt(np.maximum(changed, 1.0))
        quiet = 1.0 - self._tail(statistic, changed)
        for (size, offset), many in sorted(Counter(zip(self.others, self._offsets, strict=True)).items()):
            as_far = np.sqrt(np.maximum(np.maximum(statistic, 0.0) ** 2 + offset, 0.0))
            quiet = quiet * (1.0 - self._mean_tail(as_far, size)) ** many
        return np.asarray(np.where(statistic > 0, 1.0 - quiet, 1.0))

    def _mean_tail(self, statistic: Array, size: int) -> Array:
        """`_tail` over the numbers of changed items of a group without a drop."""
        mean = size * 2 * self.flips
        if mean > _EXACT:
            return np.asarray((1 + self.two_sided) * ndtr(-statistic))
        reach = _REACH * np.sqrt(mean) + _REACH
        changed = np.arange(max(0.0, np.floor(mean - reach)), min(size, np.ceil(mean + reach)) + 1)
        chance = binom.pmf(changed, size, min(2 * self.flips, 1.0))
        return np.asarray(self._tail(statistic[:, None], changed) @ chance)

    def _tail(self, statistic: Array, changed: Array) -> Array:
        """Probability that flips of so many changed items give a statistic at least as large."""
        losses = np.ceil((changed + statistic * np.sqrt(changed)) / 2 - _TIE)
        return np.asarray(np.minimum((1 + self.two_sided) * _flipped_tail(losses, changed), 1.0))


def _flipped_tail(losses: Array, changed: Array) -> Array:
    """Probability of at least so many losses when each changed item is a loss with probability 1/2."""
    losses, changed = np.broadcast_arrays(losses, changed)
    few = np.minimum(changed, _EXACT).astype(np.intp)
    exact = _tails()[few, np.clip(losses, 0, few + 1).astype(np.intp)]
    normal = ndtr((changed - 2 * losses + 1) / np.sqrt(np.maximum(changed, 1.0)))
    return np.asarray(np.where(changed > _EXACT, normal, exact))


@cache
def _tails() -> Array:
    """`_flipped_tail` up to `_EXACT` changed items (row), by the number of losses (column)."""
    changed, losses = np.arange(_EXACT + 1.0)[:, None], np.arange(_EXACT + 2.0)
    possible = losses <= changed
    ways = gammaln(changed + 1) - gammaln(losses + 1) - gammaln(np.where(possible, changed - losses, 0.0) + 1)
    chance = np.where(possible, np.exp(ways - changed * np.log(2.0)), 0.0)
    tails = chance[:, ::-1].cumsum(axis=1)[:, ::-1]
    tails[0] = 0.0  # without a change there is nothing to flip
    return np.asarray(tails)


def level_of_look(look: int) -> float:
    """Error rate that a run of unknown length spends at its look number `look`, from 1 (see `open_ended_spending`).

    A look never spends less than one flip.
    """
    return max(SIGNIFICANCE / (look * (look + 1)), 1.0 / (FLIPS + 1))


def watched(size: int, others: Sequence[int], flips: float, look: int) -> Family:
    """The test for drops of a watched run at one look, as if the looks before had found nothing in common with it.

    Flips that exceeded the boundary of an earlier look do not count at a later one. This is left out here, so the power
    is a lower bound.
    """
    return Family(size, tuple(others), flips, level_of_look(look), two_sided=False)


def items_needed(family: Family, drop: float, power: float = POWER) -> int | None:
    """Fewest items of the group with which its drop is found, if the other groups grow in proportion.

    Args:
        family: The test, with any number of items.
        drop: The drop in accuracy, above 0.
        power: Probability with which it is found.

    Returns:
        The number; None if more than 100,000 are needed, or an item can't drop by so much.
    """

    def finds(items: int) -> bool:
        return family.of_size(items).power(drop) >= power

    if drop > 1.0 - 2 * family.flips or not finds(_MOST_ITEMS):
        return None
    low, high = 0, _MOST_ITEMS
    while high - low > 1:
        middle = (low + high) // 2 if low else max(high // 8, 1)
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high
