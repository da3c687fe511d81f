"""The `skill_scores` table: accuracies per skill, domain and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Check, Figure, Finding, Grid, Shown
from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.needs import ITEMS, rows
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .skill_scores import skill_scores

    return skill_scores(probe.stored(VERDICTS), probe.items, probe.stored(GENERATIONS))


def _headline(frame: pl.DataFrame) -> Shown:
    per_skill = frame.filter((pl.col("domain") == "all") & (pl.col("level") == 0)).select(
        "skill", "items", "accuracy", "accuracy_low", "accuracy_high", "well_formed_accuracy", "chance", "unparsed_rate"
    )
    overall = per_skill.filter(pl.col("skill") == "all")
    return {
        "accuracy": float(overall["accuracy"][0]),
        "accuracy_per_skill": Grid(per_skill.sort("skill"), dict.fromkeys(per_skill.columns[2:], ".3f")),
    }


def _figure(scores: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.benchmark.item_schema import Skill
    from skillprobe_core.drawing.svg import Line, Panel, line_panels

    rows_by_skill = scores.filter((pl.col("domain") == "all") & (pl.col("level") == 0)).sort("step")
    panels = []
    for skill in (*Skill, "all"):
        of_skill = rows_by_skill.filter(pl.col("skill") == skill)
        if of_skill.height:
            values = (of_skill[name].to_list() for name in ("step", "accuracy", "accuracy_low", "accuracy_high"))
            base = of_skill["accuracy"][0] if of_skill["step"][0] == 0 else None
            panels.append(Panel(skill.replace("_", " "), [Line("accuracy", *values)], base, 1.0))
    return line_panels(panels), "accuracy per skill over steps with its 95 % interval; dashed: the base"


def _answers_are_parsed(probe: Probe, scores: pl.DataFrame) -> Finding:
    # Cut completions without an answer line are truncated: `answers_are_whole` counts them.
    limit = probe.settings.checks.unparsed_limit
    return _within(scores, ("unparsed_rate", "malformed_rate"), limit, "have no readable answer")


def _answers_are_whole(probe: Probe, scores: pl.DataFrame) -> Finding:
    limit = probe.settings.checks.truncated_limit
    return _within(scores, ("truncated_rate", "too_long_rate"), limit, "were cut or had no room in the context")


def _items_are_those_of_the_model(probe: Probe, _: pl.DataFrame) -> Finding:
    from skillprobe_core.measurements.protocols.judged_items import steps_without

    protocol = probe.protocol.digest
    others = steps_without(probe.store, protocol, probe.checkpoint.model)
    listed = ", ".join(str(step) for step in others[:10]) + (", ..." if len(others) > 10 else "")
    return Finding(
        not others,
        f"steps {listed} have no results under protocol {protocol}: materialise them before comparing"
        if others
        else f"all checkpoints of the model were evaluated under protocol {protocol}",
        {"protocol": protocol, "item_set": probe.item_set, "steps_without": len(others)},
    )


def _within(scores: pl.DataFrame, names: tuple[str, ...], limit: float, what: str) -> Finding:
    """Report if the sum of some rates over all items is within a limit."""
    frame = scores.filter((pl.col("domain") == "all") & (pl.col("level") == 0))
    rates = {name: float(frame.filter(pl.col("skill") == "all")[name][0]) for name in names}
    rate = sum(rates.values())
    per_skill = Grid(frame.select("skill", *names).sort("skill"), dict.fromkeys(names, ".3f"))
    text = f"{rate:.1%} of the completions {what} (limit {limit:.0%})"
    return Finding(rate <= limit, text, {**rates, "limit": limit, "per_skill": per_skill})


_CHECKS = (
    Check(
        "answers_are_parsed",
        "The share of completions whose answer cannot be read (unparsed or malformed) is within `unparsed_limit` "
        "([checks] in skillprobe.toml). Above the limit the accuracy reflects the answer format more than the skill.",
        _answers_are_parsed,
    ),
    Check(
        "answers_are_whole",
        "The share of completions cut at the token limit, or not generated because the prompt exceeds the model's "
        "context, is within `truncated_limit` ([checks] in skillprobe.toml). Above the limit the accuracy reflects "
        "`max_new_tokens` or the context length more than the skill.",
        _answers_are_whole,
    ),
    Check(
        "items_are_those_of_the_model",
        "All checkpoints of the model were evaluated under the current protocol. Checkpoints without results under it "
        "are missing from the trajectory.",
        _items_are_those_of_the_model,
    ),
)

SKILL_SCORES = Table(
    name="skill_scores",
    version=4,
    readable_since=2,
    about="One row per skill, domain and level, with subtotals (`all`, level 0)",
    key=("model", "step", "protocol", "item_set", "skill", "domain", "level"),
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column("level", pl.Int8, "The level, or 0 for all levels"),
        Column("items", pl.Int32, "Number of items", "items"),
        Column("samples", pl.Int32, "Number of completions scored", "completions"),
        Column(
            "accuracy",
            pl.Float64,
            "Mean over items of the share of correct samples; malformed and truncated ones are not correct",
        ),
        Column("accuracy_low", pl.Float64, "Lower end of the 95 % Wilson interval of accuracy"),
        Column("accuracy_high", pl.Float64, "Upper end of the 95 % Wilson interval of accuracy"),
        Column(
            "shows_steps_rate",
            pl.Float64,
            "Mean over items with steps to show of the share of samples that are correct and write them out",
            may_be_null="no item has steps to show",
            formerly="strict_accuracy",
        ),
        Column(
            "well_formed_accuracy",
            pl.Float64,
            "Accuracy among well-formed, finished answers (verdict correct, wrong or timeout); null if there are none",
            may_be_null="no answer is well-formed",
        ),
        Column("well_formed", pl.Int32, "Number of completions with a well-formed, finished answer", "completions"),
        Column(
            "finished_accuracy",
            pl.Float64,
            "Accuracy among completions that ended by themselves; null if there are none",
            may_be_null="no completion ended by itself",
        ),
        Column("accuracy_unfinished_wrong", pl.Float64, "Accuracy if every unfinished completion counts as wrong"),
        Column("accuracy_unfinished_right", pl.Float64, "Accuracy if every unfinished completion counts as correct"),
        Column("pass_at_k", pl.Float64, "Unbiased estimate that one of k samples is correct, k = samples per item"),
        Column("chance", pl.Float64, "Mean accuracy of the best blind guess"),
        Column("malformed_rate", pl.Float64, "Share of completions whose answer line has another form than required"),
        Column("unparsed_rate", pl.Float64, "Share of completions that ended without a recognisable answer"),
        Column(
            "truncated_rate",
            pl.Float64,
            "Share of completions cut at the token limit or for repeating themselves, with or without an answer",
        ),
        Column("finished_rate", pl.Float64, "Share of completions that ended by themselves"),
        Column("cut_rate", pl.Float64, "Share of completions that were cut at the token limit outside their reasoning"),
        Column("looped_rate", pl.Float64, "Share of completions cut while they repeated themselves; part of truncated"),
        Column("thinking_rate", pl.Float64, "Share of completions that ended or were cut inside their reasoning"),
        Column("too_long_rate", pl.Float64, "Share of prompts that leave no room for an answer in the context"),
        Column("timeout_rate", pl.Float64, "Share of completions whose check ran out of time"),
        Column("completion_tokens", pl.Float64, "Mean length of a completion", "tokens"),
    ),
    more="Each accuracy has its Wilson interval.",
    needs=(rows(VERDICTS), rows(GENERATIONS), ITEMS),
    compute=_compute,
    code_version="5",
    headline=_headline,
    figure=Figure(_figure),
    checks=_CHECKS,
    group="skills",
)
