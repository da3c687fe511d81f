"""The choice of the steps of a run to evaluate, and their order: pure functions of the steps there and those done."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Order = Literal["oldest", "newest", "ends"]


@dataclass(frozen=True, slots=True)
class StepChoice:
    """The choice among a run's checkpoints.

    every_steps: of so many steps one checkpoint is evaluated. order: the one that comes first. per_hour: the most
    checkpoints of the run that are begun within an hour; 0 for no limit.
    """

    every_steps: int = 1
    order: Order = "oldest"
    per_hour: int = 0


def every_nth(steps: Iterable[int], taken: Collection[int], every: int) -> set[int]:
    """The steps to evaluate: all multiples of `every`, and where there is none, one step before the next multiple.

    That one is the step that was taken before, else the first. Steps below `every` count as the base's. A step that
    was taken always stays, so that a late or rewritten one never displaces it.

    Args:
        steps: The steps of the run's checkpoints, complete or not.
        taken: The steps that were requested or evaluated before.
        every: Number of steps between two evaluated checkpoints, 1 or more.

    Returns:
        A subset of `steps`.
    """
    groups: dict[int, list[int]] = {}
    for step in sorted(set(steps)):
        groups.setdefault(step // every, []).append(step)
    chosen = set()
    for group, members in groups.items():
        kept = {step for step in members if step in taken or step % every == 0}
        chosen |= kept or ({members[0]} if group else set())
    return chosen


def in_order(steps: Collection[int], taken: Collection[int], order: Order) -> list[int]:
    """The steps in the order of evaluation.

    `oldest` and `newest` sort them. `ends` begins with the newest and the oldest step of the run, then takes the step
    that is farthest from all steps before it and from those that were taken; of two equally far ones the newer.

    Args:
        steps: The steps to order.
        taken: The steps that were requested or evaluated before.
        order: The order.

    Returns:
        All of `steps`, each once.
    """
    if order != "ends":
        return sorted(set(steps), reverse=order == "newest")
    left, done = set(steps), set(taken)
    if not left:
        return []
    far = float("inf")
    distance = {step: min((abs(step - other) for other in done), default=far) for step in left}
    bounds = max(left | done), min(left | done)
    ordered: list[int] = []
    while left:
        end = next((step for step in bounds if step in left and step not in done), None)
        step = end if end is not None else max(left, key=lambda each: (distance[each], each))
        ordered.append(step)
        left.remove(step)
        done.add(step)
        for other in left:
            distance[other] = min(distance[other], abs(other - step))
    return ordered
