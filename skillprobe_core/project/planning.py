"""Plan of an evaluation before it is run: the drops that its items can show, and the items that a drop needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import ItemError, SettingsError
from skillprobe_core.measurements.items.wanted_items import drawn_items, items_of_set, kinds_of, per_kind
from skillprobe_core.measurements.profile_tests.collapse_settings import COLLAPSE_MARGIN
from skillprobe_core.measurements.profile_tests.families import KIND, families
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import Record, records, settings_digest
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.detectable_drop import POWER, detectable_drop
from skillprobe_core.stats.planned_power import Family, items_needed, watched
from skillprobe_core.stats.planned_scopes import Group, family_over_scopes

from .given_checkpoint import with_options

if TYPE_CHECKING:
    from .settings import Settings

SCOPES = ("cell", "skill")
TYPICAL_FLIPS = (0.02, 0.05, 0.10)
"""Shares of items that turn right, and that turn wrong, for which a plan states drops if none was measured."""
AIMS = {"skill": 0.10, "cell": 0.15}
"""Drops that a design should find, by scope."""


@dataclass(frozen=True, slots=True)
class Flips:
    """An assumption on items that change without a real change of skill.

    share: share of all items that turn right, and also of those that turn wrong, from the base to a checkpoint.
    because: where it comes from.
    """

    share: float
    because: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of items of the groups of a scope, sorted; the name of the first one, and the test of its change.

    gated: the test by `p_gated`, adjusted over the groups of all scopes, for any share of flips.
    """

    scope: str
    items: tuple[int, ...]
    name: str
    gated: Family

    @property
    def smallest(self) -> int:
        """Items of the smallest group, for which drops are stated."""
        return self.items[0]

    def family(self, flips: float) -> Family:
        """The test of one look at the smallest group, by `p_gated`."""
        return replace(self.gated, flips=flips)


@dataclass(frozen=True, slots=True)
class FoundDrop:
    """The smallest drops that the smallest group of a scope shows with a given power; None if none does.

    one_look: by the tests of one checkpoint (`p_gated`). first_look, last_look: by the tests of a watched run, if the
    drop is there from the first checkpoint, or at the last one alone. collapse: flagged as a collapse. The last three
    are None for skills, which have no such tests.
    """

    scope: str
    flips: Flips
    one_look: float | None
    first_look: float | None = None
    last_look: float | None = None
    collapse: float | None = None


def planned_items(settings: Settings, store: Store) -> pl.DataFrame:
    """The items that these settings evaluate: the recorded item set, else the one that would be drawn now.

    Where a pilot chooses the levels and none was run, the items of three levels stand for those that it will choose.
    Writes nothing. Raises the errors of `drawn_items`.
    """
    record = record_of(settings, store)
    if record is not None:
        return items_of_set(store, record.item_set)
    if not settings.items.by_base:
        return drawn_items(settings.items, store)
    kinds = kinds_of(settings.items)
    levels = sorted({level for kind in kinds for level in kind.levels})[:3]
    return build_item_set(kinds, levels=levels, per_level=per_kind(settings.items) // len(levels))


def record_of(settings: Settings, store: Store) -> Record | None:
    """The protocol that the store recorded last for these settings; None if it has none."""
    digest = settings_digest(settings)
    return next((each for each in reversed(records(store)) if each.settings == digest), None)


def sizes_of(items: pl.DataFrame) -> tuple[Sizes, ...]:
    """The sizes of the cells and of the skills of an item set, which has columns `skill`, `domain` and `kind`."""
    if items.is_empty():
        return ()
    *scopes, kinds = families(items)
    parts = np.bincount(kinds.label).tolist()
    groups = {each.scope: _groups(each.label, kinds.label) for each in (*scopes, kinds)}
    shares = [groups[SCOPES[0]], [*groups["skill"], *groups["domain"]], groups["overall"], groups[KIND]]
    found = []
    for place, scope in enumerate(SCOPES):
        names = [_name(*group) for each in scopes if each.scope == scope for group in each.groups]
        rows = zip(groups[scope], names, strict=True)
        ordered = sorted((sum(parts[part] for part in members), name, members) for members, name in rows)
        gated = family_over_scopes(parts, shares, place, ordered[0][2], 0.0)
        found.append(Sizes(scope, tuple(size for size, _, _ in ordered), ordered[0][1], gated))
    return tuple(found)


def _groups(label: NDArray[np.intp], part: NDArray[np.intp]) -> list[Group]:
    """The parts that each group has items in."""
    return [frozenset(part[label == group].tolist()) for group in range(int(label.max()) + 1)]


def _name(skill: str, domain: str, _: str) -> str:
    return skill if domain == "all" else f"{skill}/{domain}"


def nominal_sizes(settings: Settings) -> tuple[Sizes, ...]:
    """The sizes if each kind has as many items as requested, without imported sources; nothing is drawn."""
    items, wanted = settings.items, []
    for each in kinds_of(items):
        levels = 3 if items.by_base else len({*each.levels} & {*items.levels})
        wanted += [(each.skill, each.domain, each.name)] * (items.per_level * levels)
    return sizes_of(pl.DataFrame(wanted, schema=["skill", "domain", "kind"], orient="row"))


def measured_flips(store: Store, record: Record | None) -> Flips | None:
    """The flips of the stored checkpoints under a protocol; None if none was compared with its base.

    Per checkpoint it is the smaller of the shares of gained and forgotten items: the larger one also holds its real
    change. The median over checkpoints is taken.
    """
    if record is None:
        return None
    parts = [each for each in store.partitions(PROFILE_TESTS, record.protocol) if each[1] > 0]
    if not parts:
        return None
    rows = pl.concat(
        store.read(PROFILE_TESTS, Partition.checkpoint(*part, record.protocol))
        .filter(scope="overall")
        .select((pl.min_horizontal("gained", "forgotten") / pl.col("items")).alias("share"))
        for part in parts
    )
    share = float(rows["share"].median() or 0.0)  # type: ignore[arg-type]
    many = "" if len(parts) == 1 else ", median"
    return Flips(share, f"measured on {len(parts)} stored checkpoint{'s' * (len(parts) > 1)}{many}")


def worst_flips(store: Store, record: Record | None) -> Flips:
    """The most flips at the base's accuracy: those of a checkpoint whose answers do not depend on the base's.

    Without a stored base the accuracy is taken as 0.5, where they are most.
    """
    bases = [] if record is None else [each for each in store.partitions(SKILL_SCORES, record.protocol) if each[1] == 0]
    if record is None or not bases:
        return Flips(0.25, "most of all: independent answers, base accuracy 0.5")
    scores = store.read(SKILL_SCORES, Partition.checkpoint(*bases[0], record.protocol))
    overall = scores.filter(skill="all", domain="all", level=0).row(0, named=True)
    accuracy = float(overall["accuracy"])
    return Flips(
        accuracy * (1 - accuracy), f"most at the base's accuracy of {accuracy:.2f}: answers independent of its"
    )


def assumptions(store: Store, record: Record | None, given: float | None) -> tuple[Flips, ...]:
    """The assumptions of a plan, the one to plan by first: the given, the measured, or else the worst one.

    Raises SettingsError for a share that is not between 0 and 0.5.
    """
    if given is not None:
        if not 0 < given < 0.5:
            raise SettingsError(
                f"--flips: expected a share above 0 and below 0.5, got {given:g}",
                remedy="give the share of items that turn right, and as many wrong, by chance: --flips 0.05",
            )
        return (Flips(given, "given"),)
    measured, worst = measured_flips(store, record), worst_flips(store, record)
    typical = tuple(Flips(share, "assumed") for share in TYPICAL_FLIPS if share < worst.share)
    if measured is None:
        return (worst, *reversed(typical))
    return (measured, *reversed(typical), worst)


def found_drop(
    sizes: Sizes, flips: Flips, checkpoints: int, power: float = POWER, margin: float = COLLAPSE_MARGIN
) -> FoundDrop:
    """The drops that a scope shows under an assumption, in a run of so many checkpoints; margin: that of a collapse."""
    one = sizes.family(flips.share).found(power)
    if sizes.scope != "cell":
        return FoundDrop(sizes.scope, flips, one)
    first, last = (
        watched(sizes.smallest, sizes.items[1:], flips.share, look).found(power) for look in (1, checkpoints)
    )
    _, critical = simultaneous_critical(np.eye(len(sizes.items)))
    collapse = float(detectable_drop(flips.share, sizes.smallest, critical, margin, power))
    return FoundDrop(sizes.scope, flips, one, first, last, None if collapse == 1 else collapse)


def most_flips(sizes: Sizes, drop: float, power: float = POWER) -> float:
    """The largest share of flips, to 0.005, at which one look finds a drop with this power; 0 if none."""
    low, high = 0, 100
    while high - low > 1:
        middle = (low + high) // 2
        finds = sizes.family(middle / 200).power(drop) >= power
        low, high = (middle, high) if finds else (low, middle)
    return low / 200


def for_drop(settings: Settings, store: Store, scope: str, drop: float, flips: Flips, power: float = POWER) -> Settings:
    """The settings with the fewest items per level with which one look finds a drop in every group of a scope.

    Args:
        settings: The settings of levels, kinds and sources.
        store: Holds the imported sources.
        scope: cell or skill.
        drop: The drop to find.
        flips: The assumption on flips.
        power: Probability with which the drop is found.

    Returns:
        The settings with another `per_level`.

    Raises:
        SettingsError: No number of items finds the drop, or the kinds of a group have too few.
        ItemError: As of `drawn_items`.
    """
    grown, fitted = 0, False
    while True:
        try:
            sizes = next(each for each in sizes_of(planned_items(settings, store)) if each.scope == scope)
        except ItemError as error:
            if not fitted:
                raise
            raise SettingsError(
                f"a drop of {drop:g} in a {scope} needs {settings.items.per_level} items per level, but {error.cause}",
                remedy="plan for a larger --drop or for fewer flips with --flips, or list other `kinds` under [items]",
            ) from error
        needed = items_needed(sizes.family(flips.share), drop, power)
        if needed is None:
            raise SettingsError(
                f"no number of items finds a drop of {drop:g} in a {scope} if a share of {flips.share:.3g} turns right "
                "and as many wrong",
                remedy="plan for a larger --drop, or for fewer flips with --flips",
            )
        if fitted and sizes.smallest >= needed and sizes.family(flips.share).power(drop) >= power:
            return settings
        if fitted and sizes.smallest <= grown:
            raise SettingsError(
                f"a drop of {drop:g} needs {needed} items in {sizes.name}, which has {sizes.smallest} at these levels",
                remedy="add levels with --levels, or plan for a larger --drop; an imported source adds items as well",
            )
        before = settings.items.per_level
        in_proportion = math.ceil(before * needed / sizes.smallest)
        # Where the groups do not grow in proportion, more may be needed than the first step says.
        settings = with_options(settings, per_level=max(in_proportion, before + 1 if fitted else 1))
        grown, fitted = (sizes.smallest if fitted else 0), True


def aims_in_words(sizes: Sequence[Sizes], power: float = POWER) -> str:
    """State if the design finds the drops of `AIMS`, or up to which share of flips it does."""
    found, missed = [], []
    for each in sorted(sizes, key=lambda one: AIMS[one.scope]):
        share, drop = most_flips(each, AIMS[each.scope], power), f"{AIMS[each.scope]:.2f} in a {each.scope}"
        if share:
            found.append(f"{drop} only if at most {100 * share:.3g} % of items flip each way")
        else:
            missed.append(drop)
    return " ".join(
        f"This design {verb} a drop of {' and one of '.join(drops)}."
        for verb, drops in (("finds", found), ("has too few items to find", missed))
        if drops
    )
