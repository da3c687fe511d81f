"""Protocols of results that were stored without one, found from the items, prompts and sampling that they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import polars as pl

from skillprobe_core.benchmark.item_schema import PROCEDURAL
from skillprobe_core.benchmark.item_set import item_set_digest
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.items.wanted_items import build, items_of_set, recipe
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.models.backend import OFF, SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings

_SHOTS = re.compile(r"(\d+) shots(?: of seed (\d+))?")


@dataclass(frozen=True, slots=True)
class Past:
    """The inputs of stored completions that make up a protocol, as their file names them."""

    item_set: str
    prompts: str
    sampling: str

    @property
    def greedy(self) -> Past:
        """The same without sampling, as the noise floor is measured."""
        sampling = json.loads(self.sampling)
        kept = {name: value for name, value in sampling.items() if name not in {"seed", "top_p"}}
        text = json.dumps({**kept, "samples": 1, "temperature": 0.0}, sort_keys=True, separators=(",", ":"))
        return Past(self.item_set, self.prompts, text)


@dataclass(frozen=True)
class PastProject(Project):
    """A project for tables that are computed from stored completions: its items are without few-shot examples."""

    @cached_property
    def items(self) -> pl.DataFrame:
        """The frozen item set of the protocol."""
        return self._evaluation[1]


def past_settings(past: Past, now: Settings, store: Store) -> Settings | None:
    """Settings that give a past protocol: those of the settings file, or ones made from the stored items.

    If no settings give its items any more, the result has a protocol name that no settings file has. None if this
    version has no such settings, or the item set is not stored.
    """
    prompts, sampling = _prompts(past, now), _sampling(past, now)
    if prompts is None or sampling is None or store.provenance(ITEMS, Partition.item_set(past.item_set)) is None:
        return None
    given = now.model_copy(update={"prompts": prompts, "sampling": sampling})
    described = list(_described(items_of_set(store, past.item_set), now.items))
    # What the item set names as its origin is found without drawing items.
    for given_by in (_names, _draws):
        for items in (*([] if now.items.by_base else [now.items]), *described):
            if given_by(items, store, past.item_set):
                return given.model_copy(update={"items": items})
    named = ProtocolSettings(name=f"item set {past.item_set} of an earlier version, {past.prompts}")
    return given.model_copy(update={"items": described[0], "protocol": named})


def _prompts(past: Past, now: Settings) -> PromptSettings | None:
    found = _SHOTS.fullmatch(past.prompts)
    if found is None:
        return None
    seed = now.prompts.seed if found[2] is None else int(found[2])
    prompts = PromptSettings(shots=int(found[1]), seed=seed)
    return prompts if prompts.canonical() == past.prompts else None


def _sampling(past: Past, now: Settings) -> SamplingSettings | None:
    """The sampling settings; what greedy decoding leaves open is as in the settings file."""
    try:
        values = json.loads(past.sampling)
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        sampling = replace(now.sampling, **(OFF | values | lists))
    except (TypeError, ValueError, AttributeError, SkillprobeError):
        return None
    return sampling if sampling.canonical() == past.sampling else None


def _described(items: pl.DataFrame, now: ItemSettings) -> Iterator[ItemSettings]:
    """Settings that may have drawn these items, the ones closest to the settings file first."""
    drawn, imported = items.filter(source=PROCEDURAL), items.filter(pl.col("source") != PROCEDURAL)
    names, kinds = (tuple(some.unique().sort()) for some in (imported["source"], drawn["kind"]))
    update: dict[str, object] = {"sources": now.sources if set(now.sources) == set(names) else names}
    choices: tuple[tuple[str, ...] | None, ...] = ((),)
    if kinds:
        update["levels"] = tuple(drawn["level"].unique().sort())
        update["per_level"] = drawn.group_by("kind", "level").len()["len"].max()
        choices = (now.kinds, None, kinds)
    # A source may have fewer items than were wanted.
    counts = {now.per_source, *imported.group_by("source").len()["len"]}
    for choice, count, seed in product(dict.fromkeys(choices), sorted(counts), {now.seed, 0}):
        yield now.model_copy(update={**update, "kinds": choice, "per_source": count, "seed": seed})


def _names(items: ItemSettings, store: Store, item_set: str) -> bool:
    """True if the stored item set names these settings, and the kinds and sources of now, as its origin."""
    provenance = store.provenance(ITEMS, Partition.item_set(item_set))
    try:
        return provenance is not None and provenance.inputs.get("recipe") == recipe(items, store)
    except SkillprobeError:
        return False


def _draws(items: ItemSettings, store: Store, item_set: str) -> bool:
    """True if these settings draw that item set now."""
    try:
        return item_set_digest(build(items, store))[:16] == item_set
    except SkillprobeError:
        return False
