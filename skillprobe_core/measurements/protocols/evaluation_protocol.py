"""Protocols: what checkpoints are evaluated on and how, decided once per store and settings, then followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from skillprobe_core.benchmark.item_settings import AUTO, ItemSettings
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.items.wanted_items import drawn_items, items_of_set, load_items, per_kind
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.prompts import EARLIER_RULE, TEMPLATE_RULES

from .protocols_table import PROTOCOLS

if TYPE_CHECKING:
    from skillprobe_core.project.settings import Settings

_CODE_VERSION = "1"
EVERY_BASE = ""
"""The base of a protocol whose items do not depend on one."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """The items and the way in which checkpoints answer them; part of the key of every row that depends on it.

    It holds the rule by which prompts are made, not the chat template that a checkpoint brings, and neither backend,
    device nor number type: those are columns of the rows.
    """

    item_set: str
    prompts: str
    template_rule: str
    sampling: str
    max_new_tokens: int

    @property
    def digest(self) -> str:
        """The protocol's identity: 16 hexadecimal digits."""
        return digest_of(
            "protocol", self.item_set, self.prompts, self.template_rule, self.sampling, self.max_new_tokens
        )[:16]


@dataclass(frozen=True, slots=True)
class Record:
    """A protocol as a store recorded it: its digest, name, settings, items and template rule, and when.

    base: digest of the base that the items were made for; empty if they are for every base.
    """

    protocol: str
    name: str
    settings: str
    item_set: str
    template_rule: str
    created_at: datetime
    base: str = EVERY_BASE


Load: TypeAlias = Callable[[ItemSettings, Store], pl.DataFrame]
"""The way in which an item set is found that no protocol names."""


def protocol_and_items(
    settings: Settings, store: Store, base: str = EVERY_BASE, load: Load = load_items
) -> tuple[Protocol, pl.DataFrame]:
    """The protocol of these settings with its item set: the one that the store recorded for them, else one built now.

    So a store keeps the items that it began with when an upgrade changes the kinds or a source is imported again, until
    the settings change. Raises StoreError for an item set that is gone or was changed, and the errors of `load_items`.

    base: digest of the base that the items are made for. load: how an item set is found that no protocol names.
    """
    digest = settings_digest(settings)
    protocol = _recorded(settings, store, digest, base)
    if protocol is not None:
        return protocol, items_of_set(store, protocol.item_set)
    with store.lock("protocols"):
        items = items_of(settings, store, base, load)
        protocol = protocol_on(settings, str(items["item_set"][0]))
        if _recorded(settings, store, digest, base) is None:
            record(store, protocol, name_of(settings, base), digest, items, base=base)
    return protocol, items


def protocol_unrecorded(
    settings: Settings, store: Store, base: str = EVERY_BASE, load: Load = drawn_items
) -> tuple[Protocol, pl.DataFrame]:
    """The protocol and the item set that `protocol_and_items` gives; writes nothing.

    Raises the same errors.
    """
    found = recorded_protocol(settings, store, base)
    if found is not None:
        return found
    items = items_of(settings, store, base, load)
    return protocol_on(settings, str(items["item_set"][0])), items


def recorded_protocol(settings: Settings, store: Store, base: str) -> tuple[Protocol, pl.DataFrame] | None:
    """The protocol that the store recorded for these settings and a base, with its item set; None if there is none."""
    protocol = _recorded(settings, store, settings_digest(settings), base)
    return None if protocol is None else (protocol, items_of_set(store, protocol.item_set))


def items_of(settings: Settings, store: Store, base: str = EVERY_BASE, load: Load = load_items) -> pl.DataFrame:
    """The item set of these settings: recorded with their protocol, or built and frozen now without recording one.

    base: digest of the base that it is made for. load: how an item set is found that no protocol names.
    """
    pinned = _pinned(settings, store, settings_digest(settings), base, load)
    if pinned is None or store.provenance(ITEMS, Partition.item_set(pinned)) is None:
        return load(settings.items, store)
    return items_of_set(store, pinned)


def settings_digest(settings: Settings) -> str:
    """Digest of the settings that choose a protocol (16 hexadecimal digits).

    Settings that have their default are left out, so that a setting that a later version adds changes no digest.
    """
    usual = SamplingSettings()
    sampling = {
        field.name: getattr(settings.sampling, field.name)
        for field in fields(usual)
        if getattr(settings.sampling, field.name) != getattr(usual, field.name)
    }
    items = settings.items.model_dump(mode="json", exclude_defaults=True)
    prompts = settings.prompts.identity()
    return digest_of("settings of a protocol", items, prompts, sampling, settings.protocol.name)[:16]


def name_of(settings: Settings, base: str = EVERY_BASE) -> str:
    """The name in the settings, or a description made from them: `levels 1-3, 12 per level, greedy, 64 tokens`.

    base: digest of the base that the items are made for.
    """
    if settings.protocol.name is not None:
        return settings.protocol.name
    items, prompts, sampling = settings.items, settings.prompts, settings.sampling
    parts = []
    if items.levels == AUTO:
        parts += [f"levels chosen on base {base[:8]}", f"{per_kind(items)} per kind"]
    elif items.kinds != ():
        parts += [f"level{'s' * (len(set(items.levels)) > 1)} {_levels(items.levels)}", f"{items.per_level} per level"]
    if items.kinds:
        parts.append(f"{len(items.kinds)} kind{'s' * (len(items.kinds) > 1)}")
    parts += [f"{items.per_source} of {source}" for source in items.sources]
    parts += [f"seed {items.seed}"] if items.seed else []
    parts += [f"{prompts.shots} shots"] if prompts.shots else []
    parts += {"own": ["own templates"], "none": ["no template"]}.get(prompts.template, [])
    parts += ["template file"] if prompts.template_file is not None else []
    parts += ["system prompt"] if prompts.system is not None else []
    parts += [f"{name} {value}" for name, value in sorted(prompts.chat_template_kwargs.items())]
    parts += ["thinking"] if prompts.thinking else []
    sampled = f"{sampling.samples} at temperature {sampling.temperature:g}"
    if sampling.preset is not None:
        sampled = f"{sampling.samples} sampled as the model's generation config says"
    how = "greedy" if sampling.greedy and sampling.preset is None else sampled
    return ", ".join([*parts, how, sampling.limit_in_words])


def record(
    store: Store,
    protocol: Protocol,
    name: str,
    settings: str,
    items: pl.DataFrame | None = None,
    *,
    base: str = EVERY_BASE,
    created_at: datetime | None = None,
) -> None:
    """Add a protocol to the table `protocols`; what is recorded there already stays.

    items: its item set, if it has been read already. base: the one that the items are for.
    created_at: when it was first used (default: now).
    """
    part = Partition.of_protocol(protocol.digest)
    items = items_of_set(store, protocol.item_set) if items is None else items
    row = {
        "protocol": protocol.digest,
        "name": name,
        "settings": settings,
        "base": base,
        "item_set": protocol.item_set,
        "items": items.height,
        "levels": items["level"].unique().sort().to_list(),
        "prompts": protocol.prompts,
        "template_rule": protocol.template_rule,
        "sampling": protocol.sampling,
        "max_new_tokens": protocol.max_new_tokens,
        "created_at": created_at or datetime.now(UTC),
    }
    frame = PROTOCOLS.conform(pl.DataFrame([row]))
    if store.provenance(PROTOCOLS, part) is not None:
        frame = pl.concat(
            [store.read(PROTOCOLS, part).filter((pl.col("settings") != settings) | (pl.col("base") != base)), frame]
        )
    inputs = {"settings": ", ".join(frame["settings"])} | ({} if base == EVERY_BASE else {"base": base})
    version = digest_of(PROTOCOLS.name, PROTOCOLS.version, _CODE_VERSION, protocol.digest, inputs)
    store.write(PROTOCOLS, part, frame, Provenance(version, _CODE_VERSION, inputs))


def recorded_protocols(store: Store) -> pl.DataFrame:
    """All rows of `protocols`, the first recorded one first."""
    parts = [store.read(PROTOCOLS, Partition.of_protocol(each)) for each in store.protocols(PROTOCOLS)]
    return pl.concat([PROTOCOLS.polars_schema.to_frame(), *parts]).sort("created_at", "protocol")


def records(store: Store) -> list[Record]:
    """Every recorded protocol, the first one first."""
    frame = recorded_protocols(store).select(
        "protocol", "name", "settings", "item_set", "template_rule", "created_at", "base"
    )
    return [Record(*row) for row in frame.iter_rows()]


def current_protocol(store: Store, settings: Settings | None = None, models: Sequence[str] = ()) -> Record:
    """The protocol that views and commands show: that of the settings, if it is recorded, else the one recorded first.

    models: the models to show. Where the settings give each base a protocol, it is one under which all of them were
    evaluated, if there is one. Raises StoreError if the store has none.
    """
    known = records(store)
    if not known:
        raise no_results(store)
    chosen = None if settings is None else settings_digest(settings)
    of_settings = [each for each in reversed(known) if each.settings == chosen]
    fitting = (each for each in of_settings if all(store.steps(VERDICTS, model, each.protocol) for model in models))
    return next(fitting, (of_settings or known)[0])


def chosen_protocol(store: Store, settings: Settings | None, wanted: str | None, models: Sequence[str] = ()) -> Record:
    """The protocol of a name or of the first digits of a digest; the current one of `models` if `wanted` is None.

    Raises StoreError with all protocols for an unknown or ambiguous one.
    """
    if wanted is None:
        return current_protocol(store, settings, models)
    known = records(store)
    if not known:
        raise no_results(store)
    named = {each.protocol: each for each in known if each.name == wanted}
    found = named or {each.protocol: each for each in known if wanted and each.protocol.startswith(wanted)}
    if len(found) == 1:
        return next(iter(found.values()))
    cause = f"several protocols match {wanted!r}" if found else f"the store has no protocol {wanted!r}"
    listed = "; ".join(
        f"{each.protocol} ({each.name!r}, {each.created_at:%Y-%m-%d %H:%M}, {checkpoints_under(store, each.protocol)} "
        "checkpoints)"
        for each in {each.protocol: each for each in known}.values()
    )
    raise StoreError(cause, remedy=f"give the name or the first digits of one of: {listed}", path=store.root)


def checkpoints_under(store: Store, protocol: str) -> int:
    """Number of checkpoints that have verdicts under a protocol."""
    return sum(1 for _ in store.partitions(VERDICTS, protocol))


def no_results(store: Store, protocol: str | None = None) -> StoreError:
    """The error of a store that holds nothing to show, or nothing under a protocol."""
    if protocol is not None and store.models(VERDICTS):
        return StoreError(
            f"nothing was evaluated under protocol {protocol} yet",
            remedy="run `skillprobe probe FOLDER` for a checkpoint, or choose another protocol with --protocol; "
            "`skillprobe protocols` lists them",
            path=store.root,
        )
    if store.written_before_protocols():
        return StoreError(
            "the results in this store were written by an earlier version of skillprobe",
            remedy="run `skillprobe upgrade`",
            path=store.root,
        )
    return StoreError(
        "the store holds no results yet",
        remedy="run `skillprobe probe FOLDER` for a checkpoint, or `skillprobe demo`",
        path=store.root,
    )


def _recorded(settings: Settings, store: Store, digest: str, base: str) -> Protocol | None:
    """The protocol with the recorded item set, if the store recorded exactly this one for these settings and base."""
    known = [each for each in records(store) if (each.settings, each.base) == (digest, base)]
    if not known:
        return None
    # A store that began before `template` was a setting goes on with its rule until the settings change.
    earlier = known[-1].template_rule == EARLIER_RULE
    found = protocol_on(settings, known[-1].item_set, EARLIER_RULE if earlier else None)
    if all(each.protocol != found.digest for each in known):
        return None
    return found if store.provenance(ITEMS, Partition.item_set(found.item_set)) is not None else None


def _pinned(settings: Settings, store: Store, digest: str, base: str, load: Load) -> str | None:
    """The item set recorded for these settings; built again if its file was deleted and the kinds still give it."""
    known = [each.item_set for each in records(store) if (each.settings, each.base) == (digest, base)]
    if not known:
        return None
    part = Partition.item_set(known[-1])
    if store.provenance(ITEMS, part) is None and load(settings.items, store)["item_set"][0] != known[-1]:
        raise StoreError(
            f"the item set {known[-1]} of this protocol is missing, and the installed kinds and sources give another",
            remedy="restore this file, or set a new `name` under [protocol] in skillprobe.toml to begin a new protocol",
            path=store.path(ITEMS, part),
        )
    return known[-1]


def protocol_on(settings: Settings, item_set: str, template_rule: str | None = None) -> Protocol:
    """The protocol of these settings with a given item set.

    template_rule: the rule of an earlier version (default: that of `template` in the settings).
    """
    sampling, prompts = settings.sampling, settings.prompts
    rule = TEMPLATE_RULES[prompts.template] if template_rule is None else template_rule
    return Protocol(item_set, prompts.canonical(), rule, sampling.canonical(), sampling.usual_limit)


def _levels(levels: tuple[int, ...]) -> str:
    """`1-3` for consecutive levels, `1, 3` for others."""
    some = sorted(set(levels))
    if len(some) > 1 and some == list(range(some[0], some[-1] + 1)):
        return f"{some[0]}-{some[-1]}"
    return ", ".join(map(str, some))
