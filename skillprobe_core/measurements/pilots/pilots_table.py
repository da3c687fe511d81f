"""The `pilots` table: the answers of a base by which the levels of each kind were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Column, Need, Table

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe

_NO_ITEMS = "no level of any kind has items for a pilot"


def _base(probe: Probe) -> dict[str, str]:
    from skillprobe_core.measurements.number_types.number_type_choice import decided_for

    return {"base": decided_for(probe)}


def _setting(probe: Probe) -> dict[str, str]:
    from .run_pilot import recipe_of_pilot

    return {"setting": recipe_of_pilot(probe.settings)}


def _compute(probe: Probe) -> pl.DataFrame:
    from .run_pilot import run_pilot

    return run_pilot(probe)


PILOTS = Table(
    name="pilots",
    version=1,
    about='One row per base, kind and level that a pilot looked at, where `levels = "auto"`',
    key=("base", "setting", "kind", "level"),
    columns=(
        Column("base", pl.String, "Digest of the base, as in `checkpoints`"),
        Column("setting", pl.String, "Digest of the pilot's kinds, prompts, sampling and rules (16 digits)"),
        Column("skill", pl.String, "Skill of the kind"),
        Column("domain", pl.String, "Domain of the kind"),
        Column("kind", pl.String, "The generator of the items"),
        Column("kind_version", pl.Int32, "Version of that generator"),
        Column("level", pl.Int8, "Difficulty, from 1"),
        Column("items", pl.Int32, "Number of items that the base answered; they are in no item set", "items"),
        Column("right", pl.Int32, "Number of correct answers", "items"),
        Column("accuracy", pl.Float64, "right / items", may_be_null=_NO_ITEMS),
        Column("accuracy_low", pl.Float64, "Lower end of the 95 % interval (Wilson)", may_be_null=_NO_ITEMS),
        Column("accuracy_high", pl.Float64, "Upper end of the 95 % interval (Wilson)", may_be_null=_NO_ITEMS),
        Column("chance", pl.Float64, "Accuracy of the best blind guess, mean over the items"),
        Column(
            "place",
            pl.String,
            "easy (accuracy above 0.85), hard (below 0.30 or not above chance), else informative",
            may_be_null=_NO_ITEMS,
        ),
        Column("chosen", pl.Boolean, "True if the item set of the base has this level of the kind"),
        Column("informative", pl.Boolean, "False if no level of the kind is informative, so that the nearest is used"),
        Column("prompt_tokens", pl.Int32, "Tokens of all prompts of the level", "tokens"),
        Column("completion_tokens", pl.Int32, "Tokens of all completions of the level", "tokens"),
    ),
    partitioned=False,
    needs=(Need("base", _base), Need("setting", _setting)),
    compute=_compute,
    place=lambda probe: Partition.base(_base(probe)["base"], _setting(probe)["setting"]),
    decision=True,
    asset="",
)
