"""The `prompt_formats` table: the chat template that the models of a base share, and where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import Column, Need, Table

if TYPE_CHECKING:
    from skillprobe_core.engine.store import Partition
    from skillprobe_core.measurements.probe import Probe


def _inputs(probe: Probe) -> dict[str, str]:
    from .prompt_format_choice import decided_for, setting_of

    return {"base": decided_for(probe), "setting": setting_of(probe)}


def _place(probe: Probe) -> Partition:
    from .prompt_format_choice import place_of

    return place_of(probe)


def _compute(probe: Probe) -> pl.DataFrame:
    from .prompt_format_choice import decide

    return pl.DataFrame([decide(probe).row])


PROMPT_FORMATS = Table(
    name="prompt_formats",
    version=1,
    about="One row per base and settings of prompts: the chat template and the sampling that its models share",
    key=("base", "setting"),
    columns=(
        Column("base", pl.String, "Digest of the base, as in `checkpoints`"),
        Column("setting", pl.String, "Digest of the settings that it depends on (first 16 hexadecimal digits)"),
        Column("prompts", pl.String, "Settings that prompts depend on, as in `protocols`"),
        Column("source", pl.String, "Whose template it is: settings, base, checkpoint, own (each model's) or none"),
        Column("reason", pl.String, "Why it was chosen"),
        Column(
            "template",
            pl.String,
            "The chat template; null for plain text and if each model has its own",
            may_be_null="no template is shared",
        ),
        Column("thinking", pl.String, "Thinking that the template asks for: on, off, always or unknown"),
        Column(
            "sampling",
            pl.String,
            'Sampling of the generation config as canonical JSON; null without `preset = "model"`',
            may_be_null="the settings state the sampling",
        ),
        Column(
            "sampling_from",
            pl.String,
            'Model whose generation config that is, as MODEL/STEP; null without `preset = "model"`',
            may_be_null="the settings state the sampling",
        ),
    ),
    partitioned=False,
    needs=(Need("base", _inputs),),
    compute=_compute,
    place=_place,
    decision=True,
    asset="",
)
