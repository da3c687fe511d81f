"""Mixture of training items: those not yet learned come more often, and a level waits for the one below it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from skillprobe_core.benchmark.item_schema import Domain, Item, Kind, Skill
from skillprobe_core.benchmark.splits import draw_for_pretraining
from skillprobe_core.demo.sft_and_rl import TARGET_CELL

LEVELS = (1, 2, 3)
# Beyond this accuracy a kind only gets the share that maintains it. The cell that the demo's runs train on stays below
# the others, because a base with nothing left to learn there could not show the effect of training.
_GOAL = 0.95
_TARGET_GOAL = 0.5
_UPKEEP = 0.08
# At this accuracy on its lowest level a kind hands the lead to the next of its cell; until then others get this share.
_LEARNED = 0.7
_ASIDE = 0.1
# The share of a second level while the first is not yet learned.
_TASTE = 0.05
# Facts are learned by repetition alone, and their answers are short; finding an error takes the most practice of all.
_SKILL_SHARE = {Skill.FACT_RETRIEVAL: 2.0, Skill.DIAGNOSTIC: 3.0}

Slot = tuple[str, int]


@dataclass
class Curriculum:
    """A stream of training items whose mixture follows measured accuracy.

    accuracy: share of validation items solved, by (kind, level); 0 if never measured.
    drawn: number of items drawn from each (kind, level); a resumed stream continues after them.
    """

    kinds: Sequence[Kind]
    seed: int
    accuracy: dict[Slot, float] = field(default_factory=dict)
    drawn: Counter[Slot] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._by_name = {kind.name: kind for kind in self.kinds}
        self._rng = random.Random(f"{self.seed}/{self.drawn.total()}")

    def slots(self) -> list[Slot]:
        """Every (kind, level) that may be drawn."""
        return [(kind.name, level) for kind in self.kinds for level in LEVELS if level in kind.levels]

    def measured(self, accuracy: Mapping[Slot, float]) -> None:
        """Update the accuracies with new measurements, smoothed over the last few."""
        for slot, value in accuracy.items():
            self.accuracy[slot] = 0.5 * self.accuracy.get(slot, value) + 0.5 * value

    def weights(self) -> dict[Slot, float]:
        """Relative frequency of each (kind, level): cells have equal weight; in a cell, unlearned kinds lead."""
        shares = self._shares()
        weights: dict[Slot, float] = {}
        for name, level in self.slots():
            kind = self._by_name[name]
            cell = (kind.skill, kind.domain)
            goal = _TARGET_GOAL if cell == TARGET_CELL else _GOAL
            need = _UPKEEP + max(0.0, goal - self.accuracy.get((name, level), 0.0))
            weights[name, level] = need * self._ready(name, level) * shares[name]
        return weights

    def _shares(self) -> dict[str, float]:
        """Each kind's share of its cell: one unlearned kind leads at a time, the one closest to being learned.

        Kinds of fact retrieval lead together, since they ask for the same facts.
        """
        cells: dict[tuple[Skill, Domain], list[Kind]] = {}
        for kind in self.kinds:
            cells.setdefault((kind.skill, kind.domain), []).append(kind)
        shares: dict[str, float] = {}
        for (skill, _), kinds in cells.items():
            known = {kind.name: self.accuracy.get((kind.name, min(kind.levels)), 0.0) for kind in kinds}
            unlearned = [name for name in known if known[name] < _LEARNED]
            leading = (
                unlearned if skill is Skill.FACT_RETRIEVAL else sorted(unlearned, key=lambda name: -known[name])[:1]
            )
            raw = {name: _ASIDE if name in unlearned and name not in leading else 1.0 for name in known}
            total = sum(raw.values()) / _SKILL_SHARE.get(skill, 1.0)
            shares |= {name: share / total for name, share in raw.items()}
        return shares

    def open_slots(self) -> list[Slot]:
        """Each (kind, level) whose accuracy is worth measuring: those with more than a minimal share."""
        return [slot for slot in self.slots() if self._ready(*slot) > _TASTE]

    def _ready(self, name: str, level: int) -> float:
        """Degree to which a level is open, 0 to 1: the lowest fully, a higher one by the accuracy of the one below."""
        if level == min(self._by_name[name].levels):
            return 1.0
        below = self.accuracy.get((name, level - 1), 0.0)
        return max(_TASTE if level == 2 else 0.0, (0.8 if level == 2 else 0.5) * (below - 0.2))

    def take(self, count: int) -> list[Item]:
        """The next `count` items, all with prompts of the training split; they state every fact, withheld ones too."""
        weights = self.weights()
        items: list[Item] = []
        while len(items) < count:
            for name, level in self._rng.choices(list(weights), list(weights.values()), k=count - len(items)):
                item = draw_for_pretraining(self._by_name[name], level, self.seed, self.drawn[name, level])
                self.drawn[name, level] += 1
                if item is not None:
                    items.append(item)
        return items
