"""The family of a planned test that is adjusted over several scopes together, as `scopes_together` adjusts it.

Groups of different scopes overlap: the items of a cell are also those of its skill. They are taken for independent
here, which makes the adjusted p-value larger (Šidák 1967) and the stated power slightly too low. The first step of the
step-down procedure, at which no other group has been rejected yet, has the same effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from scipy.special import ndtri

from .planned_power import Family
from .significance import SIGNIFICANCE

Group: TypeAlias = frozenset[int]
"""The parts that a group consists of, as their numbers."""


def family_over_scopes(
    parts: Sequence[int], scopes: Sequence[Sequence[Group]], scope: int, group: Group, flips: float
) -> Family:
    """The test of a group, adjusted over all groups of all scopes.

    Groups with the same parts have the same statistic. Only the one in the smallest scope can be the maximum, and none
    of them counts against the group itself: it is rejected after those in smaller scopes, if at all.

    Args:
        parts: Number of items of every part.
        scopes: The groups of every scope that has its own share of the error.
        scope: Position of the group's scope.
        group: The group that drops, one of its scope.
        flips: Share of items that turn right, and that turn wrong, without a real change.

    Returns:
        The family of the group's first-step test.
    """
    critical = [float(ndtri(0.5 + (1.0 - SIGNIFICANCE) ** (1.0 / len(groups)) / 2)) for groups in scopes]
    least: dict[Group, float] = {}
    for own, groups in zip(critical, scopes, strict=True):
        for each in groups:
            least[each] = min(own, least.get(each, own))
    del least[group]
    rows = sorted((_items(parts, each), own**2 - critical[scope] ** 2) for each, own in least.items())
    return Family(
        _items(parts, group), tuple(size for size, _ in rows), flips, offsets=tuple(offset for _, offset in rows)
    )


def _items(parts: Sequence[int], group: Group) -> int:
    return sum(parts[part] for part in group)
