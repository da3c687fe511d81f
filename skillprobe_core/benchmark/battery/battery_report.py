"""All checks on the kinds of a module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skillprobe_core.benchmark.item_schema import Kind
from skillprobe_core.benchmark.kind_registry import all_kinds

from .battery_checks import CHECKS, levels_climb, steps_double
from .kind_streams import digests_elsewhere, stream_digests


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a check on a kind (on all levels if `level` is 0); without problems the check has passed."""

    kind: str
    check: str
    level: int
    problems: tuple[str, ...]


def run_battery(module: str, kinds: Sequence[Kind], *, count: int) -> Iterator[Outcome]:
    """Results of every check on every kind and level of a module, on `count` items each."""
    own = stream_digests(kinds)
    elsewhere = [digests_elsewhere(module, hash_seed) for hash_seed in (0, 4294967295)]
    for kind in kinds:
        clash = any(other is not kind and other.name == kind.name for other in all_kinds())
        yield Outcome(kind.name, "name_is_free", 0, ("another kind already has this name",) if clash else ())
        streams = [name for name in own if name.split()[0] == kind.name]
        same = all(found.get(name) == own[name] for found in elsewhere for name in streams)
        problem = "the draws differ between processes or with PYTHONHASHSEED"
        yield Outcome(kind.name, "same_everywhere", 0, () if same else (problem,))
        for check in CHECKS:
            for level in kind.levels:
                yield Outcome(kind.name, check.__name__, level, tuple(check(kind, level, count)))
        yield Outcome(kind.name, "levels_climb", 0, tuple(levels_climb(kind, count)))
        yield Outcome(kind.name, "steps_double", 0, tuple(steps_double(kind, count)))
