"""The noise floor that applies to results: that of their protocol, or of one that differs in the items alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.protocols.evaluation_protocol import recorded_protocols

from .noise_floor_table import NOISE_FLOOR


def stored_noise(store: Store, protocol: str, models: Sequence[str]) -> pl.DataFrame:
    """The rows of `noise_floor` that apply to results under a protocol (see `noise_protocol`); may be empty.

    They are those of the given models, or of all models if none of these was measured.
    """
    found = noise_protocol(store, protocol)
    measured = [] if found is None else list(store.partitions(NOISE_FLOOR, found))
    chosen = [key for key in measured if key[0] in models] or measured
    parts = [store.read(NOISE_FLOOR, Partition.checkpoint(*key, found)) for key in chosen]
    return pl.concat([pl.DataFrame(schema=NOISE_FLOOR.polars_schema), *parts])


def noise_protocol(store: Store, protocol: str) -> str | None:
    """The one protocol whose noise floor applies to results under a protocol; None if none was measured.

    It is the protocol itself, or else one that gives items in the same way (prompts, template rule, token limit) and
    differs in the items alone: the noise floor is a rate, which `skillprobe noise` measures on fewer items. Of several,
    the one with the most items counts.
    """
    known = recorded_protocols(store).unique("protocol", keep="first", maintain_order=True)
    own = known.filter(protocol=protocol)
    same = ["prompts", "template_rule", "max_new_tokens"]
    alike = known.join(own.select(same), on=same, how="semi", maintain_order="left")
    measured = alike.filter(
        pl.Series([any(store.models(NOISE_FLOOR, each)) for each in alike["protocol"]], dtype=pl.Boolean)
    )
    if protocol in measured["protocol"]:
        return protocol
    return None if measured.is_empty() else str(measured.sort("items", maintain_order=True)["protocol"][-1])
