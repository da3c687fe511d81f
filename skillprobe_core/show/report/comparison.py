"""Comparison of two checkpoints of the same or of different models."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.noise.above_noise import with_noise_floor
from skillprobe_core.measurements.noise.stored_noise import stored_noise
from skillprobe_core.measurements.profile_tests.collapse_settings import COLLAPSE_MARGIN
from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.protocols.evaluation_protocol import Record
from skillprobe_core.measurements.protocols.judged_items import check_evaluated
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.runs.checkpoint import parse_key

from .item_changes import informative_items, item_changes


def comparison(
    before: pl.DataFrame,
    after: pl.DataFrame,
    items: pl.DataFrame,
    noise: pl.DataFrame | None = None,
    margin: float = COLLAPSE_MARGIN,
) -> pl.DataFrame:
    """The rows of `profile_tests` for the verdicts `after` against `before`: overall, skills, domains, cells, kinds.

    noise: rows of `noise_floor`, which add the columns `noise_floor` and `above_noise`, null for skills that were not
    measured. margin: the drop that a collapse must exceed. Raises StoreError when the two did not answer the same
    items.
    """
    model, step = after.select("model", "step").row(0)
    base_model, base_step = before.select("model", "step").row(0)
    tests = profile_tests(
        after,
        before,
        items,
        model=model,
        step=step,
        base_model=base_model,
        base_step=base_step,
        margin=margin,
    )
    place = {scope: place for place, scope in enumerate(("overall", "skill", "domain", "cell", "kind"))}
    tests = tests.sort(pl.col("scope").replace_strict(place, return_dtype=pl.Int8), "skill", "domain", "kind")
    return tests if noise is None else with_noise_floor(tests, noise)


def compared_keys(before: str, after: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """Models and steps of two checkpoints to compare.

    Args:
        before: The reference: `MODEL@STEP`, or `base` for step 0 of the other one's model.
        after: The checkpoint to compare with it, in the same form.

    Returns:
        Model and step of both.

    Raises:
        SettingsError: Both are `base`.
        CheckpointError: A name has another form.
    """
    named = [key for key in (before, after) if key != "base"]
    if not named:
        raise SettingsError(
            "both arguments are `base`, so there is no model to compare",
            remedy="give at least one checkpoint as MODEL@STEP, for example: skillprobe compare base my-run@500",
        )
    model = parse_key(named[0])[0]
    one, other = ((model, 0) if key == "base" else parse_key(key) for key in (before, after))
    return one, other


def stored_comparison(
    store: Store,
    protocol: Record,
    before: tuple[str, int],
    after: tuple[str, int],
    margin: float = COLLAPSE_MARGIN,
) -> pl.DataFrame:
    """The comparison of two stored checkpoints, with their noise floor.

    Args:
        store: The store that holds their verdicts.
        protocol: The protocol whose verdicts are compared.
        before: Model and step of the reference.
        after: Model and step of the checkpoint to compare with it.
        margin: The drop that a collapse must exceed.

    Returns:
        The rows of `comparison`.

    Raises:
        StoreError: A checkpoint was not evaluated under the protocol, or both did not answer the same items.
    """
    check_evaluated(store, protocol.protocol, [before[0], after[0]])
    first, second = (store.read(VERDICTS, Partition.checkpoint(*key, protocol.protocol)) for key in (before, after))
    noise = stored_noise(store, protocol.protocol, [before[0], after[0]])
    return comparison(first, second, items_of_set(store, protocol.item_set), noise, margin)


def most_informative(
    before: pl.DataFrame,
    after: pl.DataFrame,
    items: pl.DataFrame,
    said_before: pl.DataFrame,
    said_after: pl.DataFrame,
    *,
    count: int = 3,
) -> pl.DataFrame:
    """The most informative items of a comparison, with prompt, answer and both completions.

    They come from the cells that changed most, one from each cell before a second one from any. said_before,
    said_after: the `generations` of both. Columns: skill, domain, kind, level, outcome (gained or forgotten), prompt,
    answer, before, after.
    """
    changes = item_changes(after, before, items)
    moved = (pl.col("share") - pl.col("base_share")).sum().abs().alias("_moved")
    cells = changes.group_by("skill", "domain").agg(moved)
    chosen = (
        informative_items(changes, count=count)
        .join(cells, on=["skill", "domain"])
        .sort("place", "_moved", "skill", "domain", descending=[False, True, False, False])
    )
    sides = [
        fair(said).sort("item_id", "sample").group_by("item_id").agg(pl.col("completion").first().alias(name))
        for said, name in ((said_before, "before"), (said_after, "after"))
    ]
    table = chosen.head(count).join(items.select("item_id", "prompt", "answer"), on="item_id", maintain_order="left")
    for side in sides:
        table = table.join(side, on="item_id", how="left", maintain_order="left")
    return table.with_columns(
        pl.when(pl.col("change") > 0).then(pl.lit("gained")).otherwise(pl.lit("forgotten")).alias("outcome")
    ).select("skill", "domain", "kind", "level", "outcome", "prompt", "answer", "before", "after")


def noise_words(row: dict[str, object]) -> str:
    """A row's change relative to the noise floor, in a few words."""
    if row["above_noise"] is None:
        return "not measured"
    return f"above {row['noise_floor']:.2f}" if row["above_noise"] else f"within {row['noise_floor']:.2f}"
