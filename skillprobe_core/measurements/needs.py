"""The inputs that tables of a checkpoint declare: the models, the items, the settings, and rows of other tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.table import Need, Table

if TYPE_CHECKING:
    from .probe import Probe

CHECKPOINT = Need("checkpoint", lambda probe: {"checkpoint": probe.identity.digest}, asset="checkpoints")
"""The checkpoint's weights, configuration and tokenizer."""

BASE = Need("base", lambda probe: {"base": probe.base_identity.digest}, asset="base")
"""Those of its base."""

WEIGHTS = Need("checkpoint", lambda probe: {"checkpoint": probe.identity.weights_digest}, asset="checkpoints")
"""The checkpoint's weights alone."""

BASE_WEIGHTS = Need("base", lambda probe: {"base": probe.base_identity.weights_digest}, asset="base")
"""Those of its base."""

ITEMS = Need("items", lambda probe: {"items": probe.item_set}, asset="items")
"""The item set."""

PROMPTS = Need("prompts", lambda probe: {"prompts": probe.settings.prompts.canonical(), **probe.choice.prompt_inputs})
"""The settings that prompts depend on, and the chat template that the base and its checkpoints share."""

TEMPLATE = Need("template", lambda probe: probe.choice.prompt_inputs)
"""That template alone, for tables whose rows name no other settings of prompts."""

SAMPLING = Need(
    "sampling", lambda probe: {"sampling": probe.settings.sampling.canonical(), **probe.choice.sampling_inputs}
)
"""The sampling settings, and the generation config that a preset takes."""


def setting(name: str, value: Callable[[Probe], str]) -> Need:
    """Any other setting, as text."""
    return Need(name, lambda probe: {name: value(probe)})


def rows(table: Table) -> Need:
    """The checkpoint's stored rows of another table."""
    return Need(table.name, lambda probe: {table.name: probe.stored_version(table)}, table)


def base_rows(table: Table, *, when: Callable[[Probe], bool] = lambda _: True) -> Need:
    """The base's stored rows of another table, where `when` holds."""
    name = f"base_{table.name}"

    def versions(probe: Probe) -> Mapping[str, str]:
        return {name: probe.of_base.stored_version(table)} if when(probe) else {}

    # In Dagster a partition depends on the same partition of another asset: the base's asset stands for its rows.
    return Need(name, versions, table, asset="base")


def rows_if(table: Table, when: Callable[[Probe], bool]) -> Need:
    """The checkpoint's stored rows of another table, where `when` holds."""
    always = rows(table)
    return Need(table.name, lambda probe: always.versions(probe) if when(probe) else {}, table)


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...


def measure_set(measures: Callable[[], Iterable[_Named]], unnamed: str) -> Need:
    """The set of measures that give a table's columns, as an input: rows of another set are stale.

    Args:
        measures: The measures that are registered now.
        unnamed: Digest of the set whose rows do not name this input, so that they stay as they are.

    Returns:
        The input `measures`, a digest of the measures' names and versions in any order.
    """

    def versions(_: object) -> Mapping[str, str]:
        digest = digest_of("measures", sorted([each.name, each.version] for each in measures()))[:16]
        return {} if digest == unnamed else {"measures": digest}

    return Need("measures", versions, of_code=True)
