"""Item sets: frozen lists of items, named by the digest of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import polars as pl

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.errors import ItemError

from .baselines import chance_of
from .item_columns import ITEM_SCHEMA, ITEMS_VERSION
from .item_schema import Domain, Item, Kind, Skill, Split
from .splits import draw, draw_with_units

_ORDER = ("skill", "domain", "kind", "level", "item_id")
_CONTENT = tuple(name for name in ITEM_SCHEMA if name != "item_set")
# A level of s prompts shows a new one within this many draws with probability 1 - (1 - 1/s)^300: 95 % at s = 100.
_PATIENCE = 300


def _words(prompt: str) -> str:
    return " ".join(prompt.casefold().split())


def _level_items(
    kind: Kind, level: int, split: Split, seed: int, *, wanted: int, seen: set[str], used: set[str]
) -> Iterator[Item]:
    """New items of a level, one at a time: no prompt of `seen`, no unit of `used`; both sets grow with each item."""
    found = repeated = 0
    for index in count():
        if found == wanted or repeated == _PATIENCE:
            return
        drawn = draw_with_units(kind, level, split, seed, index)
        if drawn is None:
            return
        item, units = drawn
        words = _words(item.prompt)
        if words in seen or not used.isdisjoint(units):
            repeated += 1
            continue
        seen.add(words)
        if split is not Split.TRAIN:
            used.update(units)
        found, repeated = found + 1, 0
        yield item


def _in_turn(streams: Mapping[str, Iterator[Item]]) -> Mapping[str, list[Item]]:
    """All items of each stream, taken one by one in turn, so that kinds get equal shares of the units of a cell."""
    taken: dict[str, list[Item]] = {name: [] for name in streams}
    going = dict(streams)
    while going:
        for name, stream in list(going.items()):
            item = next(stream, None)
            if item is None:
                del going[name]
            else:
                taken[name].append(item)
    return taken


def build_item_set(
    kinds: Sequence[Kind],
    *,
    levels: Sequence[int] = (1, 2, 3),
    per_level: int,
    split: Split = Split.EVALUATION,
    seed: int = 0,
) -> pl.DataFrame:
    """The `items` table of one split: `per_level` items of each kind and level, no prompt twice within a kind.

    Kinds that draw from a list of units, such as facts, share the units of their cell (skill and domain): except in
    the training split, no unit is in two items of a cell. So the items of such a kind depend on which other kinds of
    its cell are drawn.

    An item's `chance` is its kind's own value or, if that is larger, the measured accuracy of the best blind guesser on
    its kind and level (`skillprobe_core.benchmark.baselines`).

    Rows are sorted by skill, domain, kind, level, item_id. A level with fewer prompts or units than requested gives
    all it has (those found before 300 repetitions in a row). Raises ItemError for an empty request, a repeated kind,
    and a kind that has none of the levels or no prompt of a level in the split.
    """
    names = [kind.name for kind in kinds]
    if not names or not levels or per_level < 1:
        raise ItemError(
            "an item set needs at least one kind, one level and one item per level",
            remedy="set `kinds` and `levels` under [items] to at least one value each (without `kinds`, all kinds are "
            "used), and `per_level` to 1 or more",
        )
    if len(set(names)) < len(names):
        raise ItemError(
            f"`kinds` lists a kind twice: {', '.join(sorted({n for n in names if names.count(n) > 1}))}",
            remedy="list each kind once in `kinds` under [items]",
        )
    for kind in kinds:
        if not set(kind.levels).intersection(levels):
            raise ItemError(
                f"kind {kind.name!r} has none of the levels {sorted(set(levels))}",
                remedy=f"add one of its levels {list(kind.levels)} to `levels` under [items] (or --levels), or remove "
                "the kind from `kinds`",
            )
    return build_chosen_item_set(
        kinds,
        {kind.name: {level: per_level for level in kind.levels if level in levels} for kind in kinds},
        split=split,
        seed=seed,
    )


def build_chosen_item_set(
    kinds: Sequence[Kind],
    wanted: Mapping[str, Mapping[int, int]],
    *,
    split: Split = Split.EVALUATION,
    seed: int = 0,
) -> pl.DataFrame:
    """The `items` table of one split, with other levels for each kind: see `build_item_set`.

    Args:
        kinds: The kinds, each once.
        wanted: Number of items by the name of a kind and its level; a kind may have none.
        split: The split that prompts and units belong to.
        seed: Seed of the draws.

    Returns:
        The items of each kind at its levels.

    Raises:
        ItemError: A wanted level has no prompt in the split.
    """
    drawn: list[Item] = []
    seen: dict[str, set[str]] = {kind.name: set() for kind in kinds}
    used: dict[tuple[Skill, Domain], set[str]] = {(kind.skill, kind.domain): set() for kind in kinds}
    for level in sorted({level for levels in wanted.values() for level in levels}):
        offered = {kind.name: kind for kind in kinds if wanted.get(kind.name, {}).get(level)}
        streams = {
            name: _level_items(
                kind,
                level,
                split,
                seed,
                wanted=wanted[name][level],
                seen=seen[name],
                used=used[kind.skill, kind.domain],
            )
            for name, kind in offered.items()
        }
        for name, items in _in_turn(streams).items():
            if not items:
                raise ItemError(
                    f"kind {name!r}, level {level} has no prompt in the {split} split that is new at this level",
                    remedy="remove this level from the kind's `levels`, or let the kind draw from a larger space",
                )
            floor = chance_of(offered[name], level)
            drawn += [item._replace(chance=max(item.chance, floor)) for item in items]
    return freeze(content_frame(drawn))


def content_frame(items: Iterable[Item]) -> pl.DataFrame:
    """Items as rows: all columns of the `items` table except `item_set`."""
    return pl.DataFrame([_row(item) for item in items], schema={name: ITEM_SCHEMA[name] for name in _CONTENT})


def freeze(content: pl.DataFrame) -> pl.DataFrame:
    """The `items` table of these rows, sorted by skill, domain, kind, level, item_id and named by their digest."""
    frame = content.sort(_ORDER)
    name = item_set_digest(frame)[:16]
    named = frame.with_columns(item_set=pl.lit(name))
    return named.select(pl.col(column).cast(dtype) for column, dtype in ITEM_SCHEMA.items())


def item_set_digest(frame: pl.DataFrame) -> str:
    """SHA-256 (64 hexadecimal digits) over the items' content: all columns except `item_set`, in any row order.

    It is computed over canonical JSON of the values, so it does not depend on how a file stores them.
    """
    rows = sorted(digest_of([_plain(row[name]) for name in _CONTENT]) for row in frame.iter_rows(named=True))
    return hashlib.sha256("\n".join([f"items/{ITEMS_VERSION}", *_CONTENT, *rows]).encode("ascii")).hexdigest()


def training_items(
    kinds: Sequence[Kind], *, levels: Sequence[int] = (1, 2, 3), seed: int = 0, start: int = 0
) -> Iterator[Item]:
    """An endless stream of items of the training split: one of each kind and level in turn, from round `start` on.

    Prompts of a small level repeat eventually. The same arguments give the same items on any machine.
    """
    for index in count(start):
        drawn = False
        for kind in kinds:
            for level in levels:
                item = draw(kind, level, Split.TRAIN, seed, index) if level in kind.levels else None
                if item is not None:
                    drawn = True
                    yield item
        if not drawn:
            raise ItemError(
                f"no kind has a training prompt at levels {list(levels)}",
                remedy="choose at least one kind and one of its levels",
            )


def _row(item: Item) -> dict[str, Any]:
    row = {name: getattr(item, name) for name in _CONTENT}
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    """A value as stored in the table: enumerations as strings, tuples as lists."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return value
