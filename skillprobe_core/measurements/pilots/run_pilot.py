"""The pilot on a base: a few answers per kind and level, from which the levels of its item set follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import polars as pl

from skillprobe_core.benchmark.few_shot_examples import with_examples
from skillprobe_core.benchmark.item_schema import Kind, Split
from skillprobe_core.benchmark.item_set import build_chosen_item_set, freeze
from skillprobe_core.benchmark.level_choice import LOOK, Choice, Tally, choose, next_looks
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.errors import ItemError, SettingsError
from skillprobe_core.measurements.generations.generate_answers import answering
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.wanted_items import kinds_of
from skillprobe_core.measurements.leased_devices import devices_wanted, on_devices
from skillprobe_core.measurements.protocols.evaluation_protocol import protocol_on
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.stats.wilson import wilson_interval

from .pilots_table import PILOTS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.project.settings import Settings

_RULE = "1"
"""Version of the rules in `level_choice` and of the draws of a pilot."""


@dataclass(slots=True)
class _Search:
    """The pilot of one kind: items by level (drawn when a level is looked at), and the answers to them."""

    kind: Kind
    seed: int
    items: dict[int, pl.DataFrame] = field(default_factory=dict)
    rows: dict[int, pl.DataFrame] = field(default_factory=dict)

    def tally(self, level: int) -> Tally:
        """The answers of one level, which has been looked at."""
        items, rows = self.items[level], self.rows[level]
        return Tally(
            rows.height, int(rows["right"].sum()), cast(float, items["chance"].mean()), rows.height == items.height
        )

    def tallies(self) -> dict[int, Tally]:
        """The answers of all levels that have been looked at."""
        return {level: self.tally(level) for level in self.rows}

    def next_items(self) -> list[pl.DataFrame]:
        """The items of the next looks; none when the search has ended."""
        ladder = [level for level in self.kind.levels if level not in self.items or self.items[level].height]
        while ladder:
            looks = next_looks(ladder, self.tallies())
            for level in looks:
                if level not in self.items:
                    self.items[level] = _draw(self.kind, level, self.seed)
            empty = {level for level in looks if self.items[level].is_empty()}
            if not empty:
                return [self.items[level].slice(self._answered(level), LOOK) for level in looks]
            ladder = [level for level in ladder if level not in empty]
        return []

    def _answered(self, level: int) -> int:
        return self.rows[level].height if level in self.rows else 0

    def add(self, answers: pl.DataFrame) -> None:
        """Add answers of this kind: rows with `level`, `right` and the numbers of tokens."""
        for (level,), rows in answers.partition_by("level", as_dict=True).items():
            before = [self.rows[level]] if level in self.rows else []
            self.rows[level] = pl.concat([*before, rows])


def recipe_of_pilot(settings: Settings) -> str:
    """Digest of what a pilot's result depends on besides its base (16 hexadecimal digits).

    That is the kinds, the seed, prompts, sampling and token limit, but not the number of items to evaluate.
    """
    kinds = sorted([kind.name, kind.version, *kind.levels] for kind in kinds_of(settings.items))
    one_sample = settings.model_copy(update={"sampling": replace(settings.sampling, samples=1)})
    return digest_of("pilot", _RULE, kinds, settings.items.seed, protocol_on(one_sample, "").digest)[:16]


def run_pilot(probe: Probe) -> pl.DataFrame:
    """Choose the levels of every kind for a probe's base: the rows of table `pilots`.

    Items come from the validation split, so no prompt and no fact of a pilot is in an evaluation. All kinds are looked
    at together: each round generates one batch, `LOOK` items per kind and level. One sample per item is taken.

    Args:
        probe: The base, or a checkpoint of it.

    Returns:
        One row per kind and level that was looked at.

    Raises:
        SettingsError: The base is not at hand, because the checkpoint is probed by itself.
        SkillprobeError: As of the backend.
    """
    base, settings = probe.of_base, probe.settings
    about = {"base": PILOTS.needs[0].versions(probe)["base"], "setting": recipe_of_pilot(settings)}
    if base.identity.digest != about["base"]:
        raise SettingsError(
            "the pilot that chooses the levels needs the base of this checkpoint, which was not given",
            remedy="evaluate the base first with `skillprobe probe BASE --levels auto` and the same settings",
            path=probe.checkpoint.path,
        )
    searches = {kind.name: _Search(kind, settings.items.seed) for kind in kinds_of(settings.items)}
    devices = devices_wanted(GENERATIONS, base)
    with (
        on_devices(base, PILOTS.name, devices),
        answering(base, replace(base.sampling, samples=1), "pilot", some_must_fit=False) as answer,
    ):
        while looks := [items for search in searches.values() for items in search.next_items()]:
            items = freeze(pl.concat(looks).drop("item_set"))
            shots = settings.prompts.shots
            given = with_examples(items, shots, settings.prompts.seed) if shots else items
            generations = answer(given, str(items["item_set"][0]))
            for name, found in _judged(generations, items):
                searches[name].add(found)
    return pl.concat([_rows(search) for search in searches.values()]).with_columns(
        pl.lit(value).alias(name) for name, value in about.items()
    )


def _draw(kind: Kind, level: int, seed: int) -> pl.DataFrame:
    """Items for two looks at a level, of the validation split; fewer or none where it has no more prompts."""
    try:
        return build_chosen_item_set([kind], {kind.name: {level: 2 * LOOK}}, split=Split.VALIDATION, seed=seed)
    except ItemError:  # a space of a few prompts, none of them in this split
        return build_chosen_item_set([kind], {}, split=Split.VALIDATION)


def _judged(generations: pl.DataFrame, items: pl.DataFrame) -> Iterable[tuple[str, pl.DataFrame]]:
    """The answers of each kind: `level`, `right` and the numbers of tokens."""
    tokens = generations.select("item_id", "prompt_tokens", "completion_tokens")
    right = (pl.col("verdict") == "correct").alias("right")
    judged = verdicts(generations.with_columns(protocol=pl.lit("")), items).select("item_id", right)
    about = items.select("item_id", "kind", "level")
    rows = about.join(judged, on="item_id").join(tokens, on="item_id").drop("item_id")
    for (kind,), found in rows.partition_by("kind", as_dict=True, include_key=False).items():
        yield str(kind), found


def _rows(search: _Search) -> pl.DataFrame:
    """The rows of one kind, one per level looked at; of its lowest level if none has items."""
    kind, tallies = search.kind, search.tallies()
    choice = choose(tallies) if tallies else Choice((min(kind.levels),), informative=False)
    levels: Sequence[int] = sorted(tallies) or choice.levels
    rows = [
        {
            "skill": str(kind.skill),
            "domain": str(kind.domain),
            "kind": kind.name,
            "kind_version": kind.version,
            "level": level,
            **_counts(tallies, level),
            "chosen": level in choice.levels,
            "informative": choice.informative,
            **_tokens(search, level),
        }
        for level in levels
    ]
    return pl.DataFrame(rows, schema={name: PILOTS.polars_schema[name] for name in rows[0]})


def _counts(tallies: Mapping[int, Tally], level: int) -> dict[str, object]:
    tally = tallies.get(level)
    if tally is None:
        nothing = dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "place"))
        return {"items": 0, "right": 0, **nothing, "chance": 0.0}
    low, high = wilson_interval(tally.accuracy, tally.items)
    return {
        "items": tally.items,
        "right": tally.right,
        "accuracy": tally.accuracy,
        "accuracy_low": float(low),
        "accuracy_high": float(high),
        "chance": tally.chance,
        "place": str(tally.place),
    }


def _tokens(search: _Search, level: int) -> dict[str, int]:
    rows = search.rows.get(level)
    names = ("prompt_tokens", "completion_tokens")
    return {name: 0 if rows is None else int(rows[name].sum()) for name in names}
